"""The local stack: an emulator of AWS with the real build and deploy, demo customers and tokens."""
