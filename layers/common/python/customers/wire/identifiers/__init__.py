"""How requests name a customer: by phone, provider id or customer id."""
