"""What identifies a customer: phones, provider ids, addresses, and who held which when."""
