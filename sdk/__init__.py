"""The clients for tills."""
