"""What the person who runs the system does by hand: bring facts in, and put right what was refused."""
