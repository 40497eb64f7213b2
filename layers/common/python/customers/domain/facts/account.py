"""What facts are folded into: a customer's profile, and the grants, transactions and marks that lie behind it.

Grants and transactions are numbered by whoever sells, customer by customer. After a merge two of one number stay two:
those of the absorbed customer bear that one's id as their *scope*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import EventOrder


def scoped(kind: str, number: str, scope: str) -> str:
    """What tells a grant or a transaction from all others of its customer. A scope is a customer id, or empty."""
    return f"{kind}#{number}/{scope}" if scope else f"{kind}#{number}"


@dataclass(frozen=True, slots=True)
class Grant:
    """A promotional credit: what was granted, and the ends that were said of it."""

    grant_id: str
    amount_minor: int
    expires_at: datetime | None
    granted: EventOrder
    """The latest statement of its amount and expiry."""
    released: EventOrder | None = None
    expired: EventOrder | None = None
    scope: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others of its customer."""
        return scoped("grant", self.grant_id, self.scope)

    @property
    def open(self) -> bool:
        return self.released is None and self.expired is None

    @property
    def was_released(self) -> bool:
        """Where both ends were said, the earlier one happened and the other could not."""
        if self.released is None:
            return False
        return self.expired is None or str(self.released) < str(self.expired)


def scope_of_end(grants: Iterable[Grant], grant_id: str, scope: str) -> str:
    """Which of several grants of one number an end is meant for: the scope's own, else an open one of another scope."""
    named = [grant for grant in grants if grant.grant_id == grant_id]
    if not named or any(grant.scope == scope for grant in named):
        return scope
    return min(named, key=lambda grant: (not grant.open, grant.scope)).scope


@dataclass(frozen=True, slots=True)
class Transaction:
    """A purchase or a refund, as the latest statement about it has it."""

    kind: Literal["purchase", "refund"]
    id: str
    amount_minor: int
    branch_id: str | None
    order: EventOrder
    scope: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others of its customer."""
        return scoped(self.kind, self.id, self.scope)


FieldVersions = Mapping[str, str]
"""Which statement holds, per thing that can be stated anew: the winning fact's stamp."""


def next_order(said: Iterable[str], now: datetime, statement_id: str) -> EventOrder:
    """Of a statement that is made now, and holds over all that was said (stamps): also by clocks that run ahead."""
    last = max(said, default="").partition("#")[0]
    at = max(now, datetime.fromisoformat(last) + timedelta(microseconds=1)) if last else now
    return EventOrder(at, statement_id)


@dataclass(frozen=True, slots=True)
class Account:
    """What facts are folded into.

    `grants` holds, by key, at least those that the facts name and, of the open ones, one more than those, the first to
    expire; `transactions` at least those that the facts name.
    """

    profile: Profile
    field_versions: FieldVersions = field(default_factory=dict)
    grants: Mapping[str, Grant] = field(default_factory=dict)
    transactions: Mapping[str, Transaction] = field(default_factory=dict)
    outclaimed: frozenset[str] = frozenset()
    """Provider ids that a later statement gave to another customer."""
