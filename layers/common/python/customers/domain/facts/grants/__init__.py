"""Promotional grants: how they end, and which grant an end means."""
