"""Generates files: the text of each, from its one source."""
