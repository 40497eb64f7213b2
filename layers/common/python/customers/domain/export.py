"""Export: what the file of a customer holds, and how long a finished export is reused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customers.domain.activity_log import ActivityEntry
from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Transaction
from customers.domain.facts.grants.grant import Grant
from customers.domain.facts.history import Entry
from customers.domain.facts.refused_facts import HeldRefusedFact
from customers.domain.identity.merge import Absorbed

URL_LIVES = timedelta(minutes=15)
OBJECT_LIVES = timedelta(hours=24)
"""The lifetime of the file. A bucket counts in whole days."""
REUSED_FOR = timedelta(minutes=5)
"""For so long an export is reused, as long as the customer does not change."""
PREPARED_REUSED_FOR = timedelta(hours=1)
"""For so long an export of the workflow is reused, even if the customer changes: callers come back for it."""

MANIFEST = "manifest.json"
"""The name of the manifest in the file."""

Line = Mapping[str, Any]
"""One line of a file, as plain JSON."""


@dataclass(frozen=True, slots=True)
class Held:
    """All data of one customer. The iterables may be long: they are read page by page, once."""

    profile: Profile
    ledger: Iterable[Entry] = field(repr=False)
    """Facts, from other domains."""
    events: Iterable[Entry] = field(repr=False)
    """Events, recorded by tills."""
    grants: Iterable[Grant] = field(repr=False)
    transactions: Iterable[Transaction] = field(repr=False)
    absorbed: Iterable[Absorbed] = field(repr=False)
    """The customers that were merged into this one."""
    not_the_same: Iterable[str] = field(default=(), repr=False)
    """The ids of customers who are said to be other people."""
    activity: Iterable[ActivityEntry] = field(default=(), repr=False)
    """The administrators' requests about the customer."""
    refused_facts: Iterable[HeldRefusedFact] = field(default=(), repr=False)
    """Facts about the customer that could not be applied. They are found by what the ledger says: read it first."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive, after it was written."""

    file: str
    count: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PendingExport:
    """An export that is about to be made. `job` is the workflow's job, if a workflow makes it."""

    id: str
    enterprise: str
    profile: Profile
    at: datetime
    job: str | None = None
    entry: ActivityEntry | None = None
    """The activity log entry of the request for it."""


@dataclass(frozen=True, slots=True)
class Export:
    """A finished export with a complete file. `version` is the customer's version when the reading began."""

    id: str
    version: int
    created_at: datetime
    size_bytes: int
    sha256: str
    job: str | None = None

    def is_reusable(self, version: int, now: datetime) -> bool:
        """Whether it answers a request made now, when the customer has this version."""
        age = now - self.created_at
        if self.job:
            return age < PREPARED_REUSED_FOR
        return age < REUSED_FOR and self.version == version


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export that the workflow is making. `job` is the name of its execution."""

    job: str
