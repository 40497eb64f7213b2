"""Runs a sweep of the erasure's workflow page by page, until it is done or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

SECONDS = 600
"""After this time the next run continues, so that the function ends in time."""
Job = TypeVar("Job")


def sweeping(
    read: Callable[[str, str], Job], *sweeps: Callable[[Job], Iterator[Job]]
) -> Callable[[Mapping[str, str], datetime], str]:
    """The task of a state: `swept`, or `goes_on` if it must run again."""

    def act(given: Mapping[str, str], _now: datetime) -> str:
        until = time.monotonic() + SECONDS
        job = read(given["enterprise_id"], given["erasure_id"])
        for pages in sweeps:
            for swept in pages(job):
                job = swept
                if time.monotonic() > until:
                    return "goes_on"
        return "swept"

    return act
