"""The letterbox: what comes in and what goes out, exactly as the contract spells it."""
