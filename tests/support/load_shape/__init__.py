"""What writers of one enterprise do to each other at its sums, simulated with the real packing and the real keys."""
