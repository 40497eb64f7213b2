"""The largest import, and an import in all orders."""
