"""What holds for every operation, from the catalogue."""
