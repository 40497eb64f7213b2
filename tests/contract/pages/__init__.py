"""What stands in documents and files that people read."""
