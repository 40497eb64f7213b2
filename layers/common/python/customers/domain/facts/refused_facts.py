"""A refused fact, as far as it can be read: the customers that it names, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from customers.domain.identifiers.address import Address

KEPT = timedelta(days=30)
"""How long a refused fact is kept, counted from its refusal."""


@dataclass(frozen=True, slots=True)
class RefusedFact:
    """A fact that names its customers readably, or an enterprise's own fact that names none.

    `at` is None if the fact does not say when it happened. `shown` are the fields that the enterprise's list shows:
    they have the form of an id or of a name, and are left out otherwise.
    """

    enterprise: str
    about: tuple[Address, ...] = field(repr=False)
    at: datetime | None
    shown: Mapping[str, str] = field(default_factory=dict, repr=False)
    source: str | None = field(default=None, repr=False)
    """The event's source as it was sent; None for a message that was not on the bus."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be applied. `unread`: no function has judged it, so it may be a good fact."""

    id: str
    body: str = field(repr=False)
    reason: str
    refused_at: datetime
    unread: bool = False


@dataclass(frozen=True, slots=True)
class ListedFact:
    """What an enterprise's list shows of a refused fact."""

    id: str
    reason: str
    refused_at: datetime
    expires_at: datetime
    occurred_at: datetime | None
    shown: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldRefusedFact:
    """A refused fact about a customer, for an export: with the message as it was sent."""

    listed: ListedFact
    body: str = field(repr=False)
