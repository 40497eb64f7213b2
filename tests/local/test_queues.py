"""The emulator's queues do as the emulator's own functions do, whatever is sent, received, deleted, late or too old."""

from __future__ import annotations

from tests.local.test_tables import compared


def test_every_queue_holds_what_the_emulator_would_have_it_hold() -> None:
    compared("queues", 0, 100)
