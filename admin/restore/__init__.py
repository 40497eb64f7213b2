"""After an accident: stop what consumes, bring rows back from restored tables, and start again."""
