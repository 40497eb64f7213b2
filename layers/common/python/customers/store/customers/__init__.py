"""The Customers table, and reads of customers."""
