"""The cellar: DynamoDB, SQS and their keys. Access patterns by name; the only room that knows boto3."""
