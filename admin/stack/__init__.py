"""How a command finds its stack and queues, shows progress and stops."""
