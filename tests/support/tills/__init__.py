"""A bad network, and tills that are killed in it."""
