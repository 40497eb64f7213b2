"""Recount a customer from the ledger, compare, and repair."""
