"""The web pages and their people on AWS."""
