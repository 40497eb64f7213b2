"""Where a command finds its stack and queues, how it shows progress and how it stops."""
