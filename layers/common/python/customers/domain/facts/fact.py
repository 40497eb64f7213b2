"""Facts, from other domains, and their payloads. `fact_types.py` describes each type."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from customers.domain.customers.profile import Flat
from customers.domain.enterprise import Settings
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.imported import Imported
from customers.domain.facts.parts.unmerged import Unmerged
from customers.domain.identifiers.address import Address
from customers.domain.identifiers.phone import Phone


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
class ProviderIdUnlinked:
    """The customer's earlier links of this id were wrong."""

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
    """`amount_minor` is signed: positive for money in, negative for money out."""

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
    """The end of a grant: released, it becomes spendable; expired, it is gone."""

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
class AccessRevoked:
    """Revokes tokens of an issuer that were issued before an instant: those of a subject, or the one with a `jti`."""

    issuer: str
    subject: str | None
    jti: str | None
    before: datetime


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction by an administrator. None leaves a field as it is."""

    name: str | None = field(repr=False)
    phone: Phone | None


@dataclass(frozen=True, slots=True)
class Merged:
    """Another customer was merged into this one."""

    absorbed_customer_id: str


CustomerPayload = (
    Registered
    | Verified
    | Disabled
    | Enabled
    | ProviderIdLinked
    | ProviderIdUnlinked
    | Purchased
    | Refunded
    | BalanceMoved
    | PromoGranted
    | PromoClosed
    | PreferencesUpdated
    | ConsentUpdated
    | Corrected
    | Merged
    | Unmerged
    | Imported
)
EnterprisePayload = EnterpriseConfigured | BranchChanged | AccessRevoked


@dataclass(frozen=True, slots=True)
class CustomerFact:
    """A fact about a customer, as it was read from the queue.

    `books` is the currency that the enterprise keeps its books in.
    """

    enterprise: str
    books: str
    order: EventOrder
    type: str
    about: Address
    payload: CustomerPayload
    scope: str = ""
    """The id of the absorbed customer that the fact names; empty if it names the customer itself."""
    included_in: str = ""
    """The source of the import whose figures have its sums already; empty if none has."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An entry of the ledger: a fact about a customer, or a change that this system made."""

    order: EventOrder
    type: str
    payload: CustomerPayload
    scope: str = ""
    included_in: str = ""


@dataclass(frozen=True, slots=True)
class EnterpriseFact:
    enterprise: str
    order: EventOrder
    type: str
    payload: EnterprisePayload


Fact = CustomerFact | EnterpriseFact
