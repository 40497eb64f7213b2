"""The parts of every request and answer: envelope, parameters, body, idempotency key."""
