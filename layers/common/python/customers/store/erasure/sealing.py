"""The end of an erasure: a check that everything is gone, and the signed receipt of what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Literal, Protocol

from customers.domain.canonical_json import canonical_json
from customers.domain.erasure.receipt import Kept, receipt
from customers.store.aws.signing import SigningKey
from customers.store.dynamodb.items import Item
from customers.store.erasure.sweep_history import HistorySweep, store_of
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.events.outbox import OUTBOX

MOST_CHECKS = 12
"""After so many an operator has to look: the rest does not go by itself."""


class Sweep(Protocol):
    """A sweep of some stores."""

    @property
    def checks(self) -> Mapping[str, str]:
        """How `left` searches each of them."""

    def left(self, job: SweepJob) -> Iterator[object]:
        """What is left of the person there."""


class Sealing:
    """Writes the receipt, once nothing is left."""

    def __init__(self, jobs: SweepJobs, history: HistorySweep, others: Sequence[Sweep], key: SigningKey) -> None:
        self._jobs = jobs
        self._history = history
        self._sweeps = (history, *others)
        self._key = key

    def seal(self, job: SweepJob, now: datetime) -> Literal["done", "left", "stuck"]:
        """`left` where something is still to be swept, `stuck` where that was so too often."""
        if next(chain.from_iterable(sweep.left(job) for sweep in self._sweeps), None) is not None:
            checks = job.progress.checks + 1
            self._jobs.commit(job, replace(job, progress=replace(job.progress, checks=checks % MOST_CHECKS)))
            return "stuck" if checks == MOST_CHECKS else "left"
        if self._jobs.receipt_of(job.enterprise, job.erasure_id):
            return "done"
        ids = {
            "enterprise_id": job.enterprise,
            "customer_id": job.customer_id,
            "erasure_id": job.erasure_id,
            "outcome": job.outcome,
        }
        instants = {"erased_at": job.erased_at, "swept_at": now}
        searched = dict(chain.from_iterable(sweep.checks.items() for sweep in self._sweeps))
        payload = receipt(ids, instants, job.progress.by_store(), self._kept(job), searched)
        self._jobs.finish(job, self._key.sign(payload))
        return "done"

    def _kept(self, job: SweepJob) -> dict[str, Kept]:
        """What stays, read page by page."""
        kept: dict[str, Kept] = {}
        for customer_id in job.progress.ids:
            for row in self._history.rows(job, customer_id):
                if not row["sk"]["S"].startswith(OUTBOX):
                    kept.setdefault(store_of(row), Kept()).add(canonical_json(_lasting(row)))
        return kept


def _lasting(row: Item) -> Item:
    """Without the attributes that the stats still change."""
    return {name: value for name, value in row.items() if name not in ("counted", "uncounted")}
