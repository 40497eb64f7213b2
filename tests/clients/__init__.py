"""Linters of OpenAPI and generators of clients, as integrators use them, on the page as it is served."""
