"""Export: what of a customer goes into the file, what a finished one is, and how long it is good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Grant, Transaction
from customers.domain.facts.history import Entry
from customers.domain.identity.merge import Absorbed

URL_LIVES = timedelta(minutes=15)
OBJECT_LIVES = timedelta(hours=24)
"""The file's life, in whole days, for that is how a bucket counts."""
GOOD_FOR = timedelta(minutes=5)
"""While nothing of the customer changes, an export that is no older is given again."""
PREPARED_GOOD_FOR = timedelta(hours=1)
"""One that its callers had to wait for is given again whatever has changed, so that it is there when they come back."""

EXPORT_ID = "exp_"
"""How the ids of exports begin."""

Line = Mapping[str, Any]
"""What one line of a file says: plain JSON."""


@dataclass(frozen=True, slots=True)
class Held:
    """All that is kept of one customer. What there may be much of is read as it is gone through, once."""

    profile: Profile
    ledger: Iterable[Entry] = field(repr=False)
    """What other domains have said."""
    events: Iterable[Entry] = field(repr=False)
    """What tills have recorded."""
    grants: Iterable[Grant] = field(repr=False)
    transactions: Iterable[Transaction] = field(repr=False)
    absorbed: Iterable[Absorbed] = field(repr=False)
    """Who turned out to be this customer."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was written of one kind: so many lines, so many bytes."""

    file: str
    count: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Making:
    """An export that is about to be made: of whom, as of when, and for which of the workflow's jobs, if for one."""

    id: str
    enterprise: str
    profile: Profile
    at: datetime
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A finished export: its file is whole. `version` is the customer's as it was when the reading began."""

    id: str
    version: int
    created_at: datetime
    size_bytes: int
    sha256: str
    job: str | None = None

    def is_good(self, version: int, now: datetime) -> bool:
        """Whether it is given to who asks now, when the customer's version is this."""
        age = now - self.created_at
        if self.job:
            return age < PREPARED_GOOD_FOR
        return age < GOOD_FOR and self.version == version


@dataclass(frozen=True, slots=True)
class Preparing:
    """An export that the workflow makes, under the name of the job."""

    job: str
