"""The demo: its enterprise and people, their facts on the bus, a cashier's panel, and a made-up base to load."""
