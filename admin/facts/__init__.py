"""Commands that bring facts in and deal with refused ones."""
