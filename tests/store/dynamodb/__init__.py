"""The DynamoDB client, held to botocore."""
