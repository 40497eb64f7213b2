"""The activity log: its rows, how they are written, and how they are read."""
