"""The stack on the emulator: built, deployed, completed, proved to fold facts, and read."""
