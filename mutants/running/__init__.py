"""Which tests run for a fault, and what comes of them."""
