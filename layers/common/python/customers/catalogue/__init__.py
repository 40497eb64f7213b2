"""Every operation, once: a module for each room of `functions/`, so that a door loads its neighbours' and no others."""
