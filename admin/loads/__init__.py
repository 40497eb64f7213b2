"""What is checked of a file before it is loaded: it knows no stack."""
