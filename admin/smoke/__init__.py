"""The smoke test of a deployed stack: what it does and refuses, in an enterprise of its own."""
