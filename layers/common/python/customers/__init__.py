"""Customers & Identification: who is standing at the counter, told with one read."""
