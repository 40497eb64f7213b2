"""Facts as they arrive on the bus."""
