"""Changes of identity: correction, merge, verification."""
