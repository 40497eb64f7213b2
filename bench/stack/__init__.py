"""What is measured on a local stack: how fresh its answers are, many tills at once, an erasure among readers."""
