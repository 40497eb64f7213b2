"""The offline journal: what a till has recorded, on disk until the service has it."""
