"""Leave this system: everything of an enterprise, in files."""
