"""`python -m tests.support.stack.start_emulator FOLDER PORT`: starts the emulator with the state that is there.

Run with the Python of the tools: the emulator is not among the tests' own libraries.
"""

from __future__ import annotations

import sys
from pathlib import Path

from local.emulator import process
from local.places import Place
from local.snapshots import kept

EVERY = "20"
"""Seconds between two snapshots: few tests need the state, and each snapshot takes from what the others wait for."""

if __name__ == "__main__":
    place = Place(Path(sys.argv[1]))
    kept.prepare(place)
    process.start(place, int(sys.argv[2]), SNAPSHOTS_EVERY=EVERY)
