"""Other ways to write the lookup and the authorizer. Each reads the product's own rows and gives its answer."""
