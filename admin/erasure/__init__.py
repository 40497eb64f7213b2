"""Commands for erasures and their receipts."""
