"""The reads a till waits for: a module for each, because a lookup pays at its start for all that it loads."""
