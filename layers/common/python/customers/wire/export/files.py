"""The shapes of an export's lines. Plain types: `make generate` builds their page from them."""

from __future__ import annotations

from typing import Any, Literal

from customers.domain.customers.profile import Scalar, State
from customers.wire.export.log_files import ActivityLine, RefusedFactLine
from customers.wire.http.schema import Instant, TypedDict


class KeptActivity(TypedDict):
    lifetime_spend_minor: int
    """Net of refunds, in minor units."""
    visit_count: int
    """Completed purchases, ever."""
    visit_count_last_90d: int
    """Completed purchases in the 90 days before the export."""
    last_visit_at: Instant | None
    """Null when there was none."""


class KeptAbsorbed(TypedDict):
    customer_id: str
    """The id that this system gave the absorbed customer."""
    phone: str
    """E.164, as it was at the merge."""
    merged_at: Instant
    """When the two became one."""


class IdentityLine(TypedDict):
    """Who the customer is. One line."""

    customer_id: str
    """The id that this system gave."""
    phone: str
    """E.164."""
    name: str | None
    """The latest name; null when none was given."""
    state: State
    """`PENDING_PROOF`: the phone is not verified. `DISABLED`: the enterprise has shut the customer off."""
    verified: bool
    """Whether the customer has verified the phone; kept while the customer is disabled."""
    member_since: Instant | None
    """Null for a customer who never registered."""
    provider_customer_ids: list[str]
    """The POS provider's own ids for the customer."""
    activity: KeptActivity
    """Figures computed from the transactions."""
    absorbed: list[KeptAbsorbed]
    """Duplicates that have been merged into this customer."""
    not_the_same: int
    """Of how many other customers an administrator said that they are not this person. Their ids are theirs."""


class BalancesLine(TypedDict):
    """The customer's money. One line."""

    currency: str
    """ISO 4217."""
    spendable_minor: int
    """What the customer can spend, in minor units."""
    balance_minor: int
    """The sum of the ledger. It is below 0 while a spend has arrived and the top-up before it has not."""
    locked_promo_minor: int
    """The sum of the open promo grants."""
    locked_promo_expires_at: Instant | None
    """When the first of them expires; null when none does."""


class LedgerLine(TypedDict):
    """A fact about the customer, reported by another domain. Lines are in the order in which the facts happened."""

    id: str
    """The fact's own id, unique in the enterprise."""
    type: str
    """A fact type that `GET /capabilities` lists."""
    occurred_at: Instant
    """When it happened."""
    detail: dict[str, Any]
    """The fact's own fields, as reported."""


class PromoGrantLine(TypedDict):
    """A promotional credit in its present state."""

    grant_id: str
    """Unique for the customer."""
    amount_minor: int
    """What was granted, in minor units."""
    currency: str
    """ISO 4217."""
    status: Literal["open", "released", "expired"]
    """When the export was made. `open`: still locked. `released`: made spendable. `expired`: gone."""
    granted_at: Instant
    """When it was granted, by the latest fact about it."""
    expires_at: Instant | None
    """When it expires unless it is released before; null when it does not expire."""
    released_at: Instant | None
    """When it became spendable."""
    expired_at: Instant | None
    """When it expired: at `expires_at`, or earlier by a fact. Of a release and an expiry the earlier one counts."""


class TransactionLine(TypedDict):
    """A purchase or a refund, by the latest fact about it."""

    type: Literal["purchase", "refund"]
    """Purchase or refund."""
    id: str
    """The `purchase_id` or `refund_id`."""
    amount_minor: int
    """The amount paid or refunded, in minor units."""
    currency: str
    """ISO 4217."""
    branch_id: str | None
    """The branch; null when the fact named none."""
    occurred_at: Instant
    """When it happened."""
    fact_id: str
    """The id of the fact that reported it; `ledger.jsonl` has that fact."""
    included: bool
    """Whether imported figures have it already, so that it is not added to them."""


class ConsentLine(TypedDict):
    """A purpose, and whether the customer allows it, by the latest statement."""

    name: str
    """The purpose, in the words of the domain that reported it."""
    value: bool
    """True if the customer allows it, false if they refused or withdrew it."""


class EventLine(TypedDict):
    """A non-purchase event that a till recorded."""

    event_id: str
    """The event's own id."""
    event_type: str
    """An event type that `GET /capabilities` lists, or `session_identified`: a checkout session was identified as this
    customer's."""
    attributes: dict[str, Any]
    """The details that the till recorded."""
    session_id: str | None
    """The checkout session that it came with; null when there was none."""
    branch_id: str | None
    """The branch; null when there was none."""
    occurred_at: Instant
    """When it happened."""
    recorded_at: Instant | None
    """When we recorded it; null for `session_identified`, which is recorded as it happens."""


class PreferenceLine(TypedDict):
    """A preference of the customer, by the latest fact."""

    name: str
    """The preference, in the words of the domain that reported it."""
    value: Scalar
    """Its value, as reported."""


FILES: dict[str, type[Any]] = {
    "identity.jsonl": IdentityLine,
    "balances.jsonl": BalancesLine,
    "ledger.jsonl": LedgerLine,
    "promo_grants.jsonl": PromoGrantLine,
    "transactions.jsonl": TransactionLine,
    "consent.jsonl": ConsentLine,
    "events.jsonl": EventLine,
    "preferences.jsonl": PreferenceLine,
    "activity.jsonl": ActivityLine,
    "refused_facts.jsonl": RefusedFactLine,
}
"""The files in the order in which they are written, with the shape of their lines."""
