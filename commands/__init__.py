"""What the commands have in common: how their words are read, and what is said when one is wrong."""
