"""Where a command finds its stack, and how it stops."""
