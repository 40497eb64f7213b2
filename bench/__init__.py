"""What is fast, measured: the built lookup against other ways to write it, in one interleaved run."""
