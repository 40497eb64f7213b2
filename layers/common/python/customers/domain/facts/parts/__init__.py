"""The parts of a merged customer: what each states, and what the whole makes of it."""
