"""The local stack: an emulator of AWS, the real build and deploy on it, demo people, tokens."""
