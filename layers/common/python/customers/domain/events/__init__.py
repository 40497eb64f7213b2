"""Non-purchase events, and what this system publishes."""
