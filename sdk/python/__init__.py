"""The client for tills in Python: src/customers_till is what is published."""
