"""What is written by a program: each file's text, made from its one source."""
