"""Refused facts: each enterprise's list, the operator's list, and the marks of those who are erased."""
