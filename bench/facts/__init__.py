"""Folding purchases and deriving from them, measured in batches."""
