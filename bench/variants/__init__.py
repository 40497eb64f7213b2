"""Other ways to write the lookup. Each reads the product's own row and gives the product's own answer."""
