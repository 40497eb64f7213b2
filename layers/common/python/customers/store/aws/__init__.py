"""S3, SQS, SNS, KMS and Step Functions."""
