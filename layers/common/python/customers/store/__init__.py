"""The store: DynamoDB, SQS and the other AWS services, with their keys. The only layer that uses boto3."""
