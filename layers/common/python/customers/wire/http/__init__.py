"""What every request and answer has: envelope, parameters, body, idempotency key."""
