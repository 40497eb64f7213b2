"""A promotional grant, and ends that name a part without such a grant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from customers.domain.customers.locked import has_ended
from customers.domain.facts.event_order import EventOrder


def scoped(kind: str, number: str, scope: str) -> str:
    """The key of a grant or a transaction among its customer's. A scope is a customer id, or empty.

    A space divides the two: no seller's number has one, so no number can be taken for another one in a scope.
    """
    return f"{kind}#{number} {scope}" if scope else f"{kind}#{number}"


@dataclass(frozen=True, slots=True)
class LooseEnd:
    """The ends of a grant that a part of a merged customer was told of, and does not have.

    They mean another part's grant, as long as the two are one customer. See `settled`.
    """

    grant_id: str
    released: EventOrder | None = None
    """The earliest one."""
    expired: EventOrder | None = None
    scope: str = ""

    @property
    def key(self) -> str:
        """Its key among its customer's."""
        return scoped("loose_end", self.grant_id, self.scope)

    def ended(self, other: LooseEnd) -> LooseEnd:
        """With further ends."""
        return replace(
            self, released=earlier(self.released, other.released), expired=earlier(self.expired, other.expired)
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """A promotional credit: the amount, and how it ended."""

    grant_id: str
    amount_minor: int
    expires_at: datetime | None
    granted: EventOrder
    """The order of the latest fact about its amount and expiry."""
    released: EventOrder | None = None
    expired: EventOrder | None = None
    scope: str = ""
    first: EventOrder | None = None
    """The order of the earliest fact about its amount and expiry; None if that is the latest one."""

    @property
    def key(self) -> str:
        """Its key among its customer's."""
        return scoped("grant", self.grant_id, self.scope)

    @property
    def first_granted(self) -> str:
        """Of two grants the one with the lower text was granted first."""
        return str(self.first or self.granted)

    @property
    def open(self) -> bool:
        """Whether no fact has ended it. It may still have ended at `expires_at`."""
        return self.expired is None and not self.was_released

    @property
    def was_released(self) -> bool:
        """Of the stated ends and `expires_at`, the earliest counts."""
        if self.released is None or has_ended(self.expires_at, self.released.occurred_at):
            return False
        return self.expired is None or str(self.released) < str(self.expired)

    def expired_at(self, now: datetime) -> datetime | None:
        """When it expired, by a fact or at its `expires_at`; None where it had not expired by `now`."""
        if self.was_released:
            return None
        stated = self.expired.occurred_at if self.expired else None
        ends = [stated, self.expires_at if has_ended(self.expires_at, now) else None]
        return min(filter(None, ends), default=None)

    def ended(self, end: LooseEnd) -> Grant:
        """With further ends."""
        return replace(self, released=earlier(self.released, end.released), expired=earlier(self.expired, end.expired))

    def restated(self, other: Grant) -> Grant:
        """After one more fact about its amount and expiry: the latest one counts."""
        latest = other if str(other.granted) > str(self.granted) else self
        first = min(self.first or self.granted, other.granted, key=str)
        return replace(
            self,
            amount_minor=latest.amount_minor,
            expires_at=latest.expires_at,
            granted=latest.granted,
            first=None if str(first) == str(latest.granted) else first,
        )


def earlier(one: EventOrder | None, other: EventOrder | None) -> EventOrder | None:
    """The earlier of two, if there are two."""
    return min(filter(None, (one, other)), key=str, default=None)
