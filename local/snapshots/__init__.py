"""The emulator's state on disk: snapshots while it runs, and what a start reads of them."""
