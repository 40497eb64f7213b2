"""The clients for tills, on a stack behind a bad network."""
