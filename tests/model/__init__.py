"""The contract a second time: a plain model of what facts and our own statements mean, and random histories."""
