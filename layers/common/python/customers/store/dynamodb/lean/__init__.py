"""A small DynamoDB client: what the store asks, signed, over kept connections, without an SDK."""
