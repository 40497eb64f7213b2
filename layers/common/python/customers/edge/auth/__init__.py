"""Tokens, keys and the authorizer."""
