"""Checkout sessions: requests and answers."""
