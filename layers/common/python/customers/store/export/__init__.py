"""Exports: what goes in, how the file is made, what is noted of it."""
