"""Facts, and the fold that turns them into a customer's account."""
