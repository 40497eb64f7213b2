"""Applying facts: ledger, accounts, and who held an identifier."""
