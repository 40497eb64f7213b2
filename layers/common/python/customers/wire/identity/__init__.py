"""Identify, correct, merge, verify: requests and answers."""
