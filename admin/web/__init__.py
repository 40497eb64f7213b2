"""The web pages of a deployed stack."""
