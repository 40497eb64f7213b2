"""The end of an erasure: it is looked whether all is gone, and what was done is written down and signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Literal, Protocol

from customers.domain.erasure.receipt import Kept, receipt
from customers.store.aws.signing import SigningKey
from customers.store.customers.rows import Item, canonical_json
from customers.store.erasure.sweep_history import HistorySweep, store_of
from customers.store.erasure.sweep_jobs import Job, Jobs
from customers.store.events.outbox import OUTBOX

MOST_CHECKS = 12
"""After so many somebody has to look: what is left does not go by itself."""


class Sweep(Protocol):
    """Of some stores what is left of a person."""

    def left(self, job: Job) -> Iterator[object]: ...


class Sealing:
    """Nothing is said to be done that is not."""

    def __init__(self, jobs: Jobs, history: HistorySweep, others: Sequence[Sweep], key: SigningKey) -> None:
        self._jobs = jobs
        self._history = history
        self._sweeps = (history, *others)
        self._key = key

    def seal(self, job: Job, now: datetime) -> Literal["done", "left", "stuck"]:
        """`left` where there is something to sweep still, `stuck` where that has been so too often."""
        if next(chain.from_iterable(sweep.left(job) for sweep in self._sweeps), None) is not None:
            checks = job.swept.checks + 1
            self._jobs.commit(job, replace(job, swept=replace(job.swept, checks=checks % MOST_CHECKS)))
            return "stuck" if checks == MOST_CHECKS else "left"
        if self._jobs.receipt_of(job.enterprise, job.erasure_id):
            return "done"
        ids = {
            "enterprise_id": job.enterprise,
            "customer_id": job.customer_id,
            "erasure_id": job.erasure_id,
            "outcome": job.outcome,
        }
        told = receipt(ids, {"erased_at": job.erased_at, "swept_at": now}, job.swept.told(), self._kept(job))
        self._jobs.finish(job, self._key.sign(told))
        return "done"

    def _kept(self, job: Job) -> dict[str, Kept]:
        """Read page by page, in flat memory."""
        kept: dict[str, Kept] = {}
        for customer_id in job.swept.ids:
            for row in self._history.rows(job, customer_id):
                if not row["sk"]["S"].startswith(OUTBOX):
                    kept.setdefault(store_of(row), Kept()).add(canonical_json(_for_ever(row)))
        return kept


def _for_ever(row: Item) -> Item:
    """Without what is noted of it while it is counted."""
    return {name: value for name, value in row.items() if name not in ("counted", "uncounted")}
