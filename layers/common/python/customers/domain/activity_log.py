"""The activity log: who did what, with the operations that only administrators may call."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

Outcome = Literal["done", "unchanged", "pending", "replayed", "refused", "failed"]
IDS = ("customer_id", "absorbed_customer_id", "erasure_id", "export_id")
"""The ids that an entry may have. It takes them from the path and from the answer."""


@dataclass(frozen=True, slots=True)
class ActivityEntry:
    """One admitted request, or all polls of one running job by one person.

    `ids` say what it was about, by the names in `IDS`. `reason` is the caller's words and goes when the customer is
    erased.
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
    """What is polled. Its entry is the same for each poll."""
    count: int = 1
    last_at: datetime | None = None
    """Of a job, when it was last polled."""

    def ended(self, outcome: Outcome, status: int, ids: Mapping[str, str]) -> ActivityEntry:
        """The entry once it is known what came of the request."""
        return replace(self, outcome=outcome, status=status, ids={**self.ids, **ids})

    def polling(self, job: str) -> ActivityEntry:
        """The entry of a poll of a job that still runs."""
        return replace(self, outcome="pending", status=202, job=job)

    @property
    def kept_under(self) -> str:
        """The id under which it is kept: of polls, one for the job and the person."""
        if self.job is None:
            return self.id
        told = "\n".join((self.job, self.issuer, self.subject))
        return f"act_{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def ids_in(data: Mapping[str, Any]) -> dict[str, str]:
    """The ids that an answer names."""
    return {name: data[name] for name in IDS if isinstance(data.get(name), str)}


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Entries, newest first, and where the next page continues; None where there is none."""

    entries: list[ActivityEntry]
    after: str | None
