"""Commands that recount and rebuild."""
