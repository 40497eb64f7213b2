"""Recorded events, the outbox, and publishing from it."""
