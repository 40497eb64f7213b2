"""The one way to DynamoDB: client, transactions, faults in the domain's words."""
