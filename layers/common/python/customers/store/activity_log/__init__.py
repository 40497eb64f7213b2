"""The activity log: its rows, its writes and its reads."""
