"""Non-purchase events, and the events that this system publishes."""
