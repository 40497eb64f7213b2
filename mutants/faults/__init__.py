"""Which faults are planted, in Python, in the template and in the workflows."""
