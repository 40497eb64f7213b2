"""The Records table: everything kept of a customer except the row that a lookup reads."""
