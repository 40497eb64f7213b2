"""The activity log: the requests to the operations that only administrators may call."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

Outcome = Literal["done", "unchanged", "pending", "replayed", "refused", "failed"]
IDS = ("customer_id", "absorbed_customer_id", "other_customer_id", "erasure_id", "export_id")
"""The ids that an entry can have. They come from the path and from the answer."""


@dataclass(frozen=True, slots=True)
class ActivityEntry:
    """One admitted request, or all polls of one running job by one person.

    `ids` has the ids of the request's subject, by the names in `IDS`. `reason` is the caller's text. It is removed when
    the customer is erased.
    """

    id: str
    at: datetime
    operation: str
    issuer: str
    subject: str
    jti: str
    request_id: str
    reason: str | None = field(default=None, repr=False)
    ids: Mapping[str, str] = field(default_factory=dict)
    outcome: Outcome = "done"
    status: int = 200
    job: str | None = None
    """The job that the caller polls. All its polls share one entry."""
    count: int = 1
    last_at: datetime | None = None
    """For a job, the time of the last poll."""

    def ended(self, outcome: Outcome, status: int, ids: Mapping[str, str]) -> ActivityEntry:
        """The entry with the result of the request."""
        return replace(self, outcome=outcome, status=status, ids={**self.ids, **ids})

    def polling(self, job: str) -> ActivityEntry:
        """The entry of a poll of a running job."""
        return replace(self, outcome="pending", status=202, job=job)

    @property
    def kept_under(self) -> str:
        """The id of the stored entry: polls share one for the job and the person."""
        if self.job is None:
            return self.id
        return entry_id("\n".join((self.job, self.issuer, self.subject)))


def entry_id(source: str) -> str:
    """The id of the entry that a request leaves, by the request's own id: so an operator finds it."""
    return f"act_{hashlib.sha256(source.encode()).hexdigest()[:32]}"


def ids_in(data: Mapping[str, Any]) -> dict[str, str]:
    """The ids that an answer names."""
    return {name: data[name] for name in IDS if isinstance(data.get(name), str)}


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Entries, newest first. `after` is where the next page starts; None for the last page."""

    entries: list[ActivityEntry]
    after: str | None
