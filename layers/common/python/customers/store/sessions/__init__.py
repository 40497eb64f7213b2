"""The Sessions table."""
