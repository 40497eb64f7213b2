"""Non-purchase events, and what the bundle publishes."""
