"""The domain: rules only. No I/O, no clock, no environment, no status codes."""
