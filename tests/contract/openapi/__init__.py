"""The OpenAPI page."""
