"""How long a finished export is given again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from customers.domain.export import OBJECT_LIVES, PREPARED_REUSED_FOR, REUSED_FOR, URL_LIVES, Export

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
MADE = Export("exp_1", version=7, created_at=NOON, size_bytes=1, sha256="")
PREPARED = replace(MADE, job="job_1")


@pytest.mark.parametrize(
    ("export", "age", "version", "good"),
    [
        (MADE, timedelta(0), 7, True),
        (MADE, REUSED_FOR - MOMENT, 7, True),
        (MADE, REUSED_FOR, 7, False),
        (MADE, timedelta(0), 8, False),
        (PREPARED, REUSED_FOR, 7, True),
        (PREPARED, PREPARED_REUSED_FOR - MOMENT, 8, True),
        (PREPARED, PREPARED_REUSED_FOR, 7, False),
    ],
)
def test_it_is_given_again_while_it_is_good(export: Export, age: timedelta, version: int, good: bool) -> None:
    assert export.is_reusable(version, NOON + age) == good


def test_no_link_outlives_its_file() -> None:
    assert max(REUSED_FOR, PREPARED_REUSED_FOR) + URL_LIVES < OBJECT_LIVES
