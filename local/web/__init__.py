"""The web pages on the local stack, at the API's own address."""
