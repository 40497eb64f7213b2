"""A state sweeps page by page as long as it has time, and says whether that was all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from customers.edge.messaging import sweeping as module
from customers.edge.messaging.sweeping import SECONDS, sweeping

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GIVEN = {"enterprise_id": "acme", "erasure_id": "era_1"}


def read(enterprise: str, erasure_id: str) -> list[str]:
    return [enterprise, erasure_id]


def pages(job: list[str]) -> Iterator[list[str]]:
    for number in range(3):
        job = [*job, str(number)]
        yield job


def test_each_sweep_goes_on_with_what_the_one_before_it_has_left() -> None:
    seen: list[list[str]] = []

    def last(job: list[str]) -> Iterator[list[str]]:
        seen.append(job)
        yield job

    assert sweeping(read, pages, last)(GIVEN, NOW) == "swept"
    assert seen == [["acme", "era_1", "0", "1", "2"]]


def test_when_time_is_up_the_rest_is_left_to_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, SECONDS + 1.0])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    assert sweeping(read, pages)(GIVEN, NOW) == "goes_on"
