"""From a state of the erasure's workflow to pages that are swept: as many as there is time for, then the state anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

SECONDS = 600
"""After so many, what is left is left to the next run, so that the function ends within its time."""
Job = TypeVar("Job")


def sweeping(
    read: Callable[[str, str], Job], *sweeps: Callable[[Job], Iterator[Job]]
) -> Callable[[Mapping[str, str], datetime], str]:
    """What a state does: `swept`, or `goes_on` where it is to be run again."""

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
