"""What a lookup, a purchase, an event and an erasure cost, counted while they happen in memory."""
