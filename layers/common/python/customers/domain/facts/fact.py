"""Facts: what other domains say has happened. Read from the wire once, in `wire/facts/codec.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from customers.domain.customers.profile import Flat
from customers.domain.enterprise import Settings
from customers.domain.identifiers.address import Address
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import sortable_instant


@dataclass(frozen=True, slots=True)
class Registered:
    name: str = field(repr=False)
    member_since: datetime | None


@dataclass(frozen=True, slots=True)
class Verified:
    pass


@dataclass(frozen=True, slots=True)
class Disabled:
    pass


@dataclass(frozen=True, slots=True)
class Enabled:
    pass


@dataclass(frozen=True, slots=True)
class ProviderIdLinked:
    provider_customer_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Purchased:
    purchase_id: str
    amount_minor: int
    currency: str
    branch_id: str | None


@dataclass(frozen=True, slots=True)
class Refunded:
    refund_id: str
    purchase_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class BalanceMoved:
    """`amount_minor` is signed: what comes in is positive, what goes out is negative."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PromoGranted:
    grant_id: str
    amount_minor: int
    currency: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class PromoClosed:
    """A grant's end: released, it becomes spendable; expired, it is gone."""

    grant_id: str
    released: bool


@dataclass(frozen=True, slots=True)
class PreferencesUpdated:
    preferences: Flat = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConsentUpdated:
    consent: Flat = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnterpriseConfigured:
    settings: Settings


@dataclass(frozen=True, slots=True)
class BranchChanged:
    merchant_id: str
    branch_id: str
    active: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """What an administrator has put right; None is as it was."""

    name: str | None = field(repr=False)
    phone: Phone | None


@dataclass(frozen=True, slots=True)
class Merged:
    """Another customer turned out to be this one."""

    absorbed: str


CustomerPayload = (
    Registered
    | Verified
    | Disabled
    | Enabled
    | ProviderIdLinked
    | Purchased
    | Refunded
    | BalanceMoved
    | PromoGranted
    | PromoClosed
    | PreferencesUpdated
    | ConsentUpdated
    | Corrected
    | Merged
)
EnterprisePayload = EnterpriseConfigured | BranchChanged


@dataclass(frozen=True, slots=True)
class EventOrder:
    """What settles which of two statements holds: the later one, then the greater fact id."""

    occurred_at: datetime
    fact_id: str

    def __str__(self) -> str:
        return f"{sortable_instant(self.occurred_at)}#{self.fact_id}"


@dataclass(frozen=True, slots=True)
class CustomerFact:
    """`detail` is the fact as it was sent, for the ledger: unknown fields are left out, the address too.

    `books` is the currency that the enterprise keeps its books in.
    """

    enterprise: str
    books: str
    order: EventOrder
    type: str
    about: Address
    payload: CustomerPayload
    detail: str = field(repr=False)
    scope: str = ""
    """The absorbed customer whom it names, by id; empty where it names the customer as such."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A fact about a customer as the ledger holds it."""

    order: EventOrder
    type: str
    payload: CustomerPayload
    scope: str = ""


@dataclass(frozen=True, slots=True)
class EnterpriseFact:
    enterprise: str
    order: EventOrder
    type: str
    payload: EnterprisePayload


Fact = CustomerFact | EnterpriseFact
