"""Facts as they arrive from the bus."""
