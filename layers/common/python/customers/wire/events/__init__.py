"""Non-purchase events, and the events that the bundle publishes."""
