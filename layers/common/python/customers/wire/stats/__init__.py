"""Stats: the query and the answer."""
