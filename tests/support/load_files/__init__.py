"""Files as people send them, for the page that says what each gets."""
