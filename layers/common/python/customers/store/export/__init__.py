"""Exports: the source data, the file, and the note of it."""
