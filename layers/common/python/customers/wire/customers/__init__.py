"""The reads of one customer: requests, answers and examples."""
