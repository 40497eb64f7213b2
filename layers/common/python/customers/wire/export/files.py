"""What the files of an export hold, line by line, and the manifest. Plain types: their page is made from them."""

from __future__ import annotations

from typing import Any, Literal

from customers.domain.activity_log import Outcome
from customers.domain.customers.profile import Scalar, State
from customers.wire.http.schema import Instant, TypedDict

SCHEMA_VERSION = 1
"""Rises when a field goes or changes its meaning; fields may be added without."""


class KeptActivity(TypedDict):
    lifetime_spend_minor: int
    """Net of refunds, in minor units."""
    visit_count: int
    """Completed purchases, ever."""
    visit_count_last_90d: int
    """Of the 90 days before the export."""
    last_visit_at: Instant | None
    """Null where there was none."""


class KeptAbsorbed(TypedDict):
    customer_id: str
    """The id that this system had given."""
    phone: str
    """E.164, at the merge."""
    merged_at: Instant
    """When the two became one."""


class IdentityLine(TypedDict):
    """Who the customer is. One line."""

    customer_id: str
    """The id that this system gave."""
    phone: str
    """E.164."""
    name: str | None
    """As it was given last; null where none was."""
    state: State
    """`PENDING_PROOF`: the phone is not proven yet; `DISABLED`: the customer is shut off."""
    verified: bool
    """Whether the phone has been proven to be the customer's, also of one who is disabled."""
    member_since: Instant | None
    """Null of who never registered."""
    provider_customer_ids: list[str]
    """The POS provider's own ids of the customer."""
    activity: KeptActivity
    """What follows from the transactions."""
    absorbed: list[KeptAbsorbed]
    """Other records that turned out to be this customer's, and have been merged into this one."""


class BalancesLine(TypedDict):
    """What the customer has. One line."""

    currency: str
    """ISO 4217."""
    spendable_minor: int
    """What can be spent, in minor units."""
    balance_minor: int
    """The sum of the ledger: below 0 while a spend is known and the top-up before it is not."""
    locked_promo_minor: int
    """The sum of the open promo grants."""
    locked_promo_expires_at: Instant | None
    """When the first of them expires; null where none does."""


class LedgerLine(TypedDict):
    """A thing that another domain has told of the customer, in the order in which they happened."""

    id: str
    """The fact's own id, unique in the enterprise."""
    type: str
    """As the facts are called that `GET /capabilities` lists."""
    occurred_at: Instant
    """When it happened."""
    detail: dict[str, Any]
    """What was said, as it was said."""


class PromoGrantLine(TypedDict):
    """A promotional credit, as it stands."""

    grant_id: str
    """Unique among the customer's."""
    amount_minor: int
    """What was granted, in minor units."""
    currency: str
    """ISO 4217."""
    status: Literal["open", "released", "expired"]
    """Locked still; made spendable; or gone."""
    granted_at: Instant
    """When it was granted, by what was said of it last."""
    expires_at: Instant | None
    """When it expires, unless it is released before; null where it does not."""
    released_at: Instant | None
    """When it became spendable."""
    expired_at: Instant | None
    """When it was said to have expired; of two ends that were said the earlier one happened."""


class TransactionLine(TypedDict):
    """A purchase or a refund, as it was told last."""

    type: Literal["purchase", "refund"]
    """What it is."""
    id: str
    """The `purchase_id` or `refund_id`."""
    amount_minor: int
    """What was paid or given back, in minor units."""
    currency: str
    """ISO 4217."""
    branch_id: str | None
    """Where; null where it was not said."""
    occurred_at: Instant
    """When it happened."""
    fact_id: str
    """Of the fact that told it; the ledger has its line."""


class ConsentLine(TypedDict):
    """A thing that the customer has consented to or refused, as it was said last."""

    name: str
    """As the other domain calls it."""
    value: Scalar
    """As it was said."""


class EventLine(TypedDict):
    """A thing that the customer did which is no purchase, recorded at a till."""

    event_id: str
    """The event's own id."""
    event_type: str
    """As the types are called that `GET /capabilities` lists; `session_identified` of a checkout session that was
    found to be the customer's."""
    attributes: dict[str, Any]
    """What was recorded of it."""
    session_id: str | None
    """The checkout session that it came with; null where it came alone."""
    branch_id: str | None
    """Where; null where it was not said."""
    occurred_at: Instant
    """When it happened."""
    recorded_at: Instant | None
    """When the till told it; null of a session's identification, which is told as it happens."""


class PreferenceLine(TypedDict):
    """A thing that the customer prefers, as it was said last."""

    name: str
    """As the other domain calls it."""
    value: Scalar
    """As it was said."""


class ActivityLine(TypedDict):
    """A thing that an administrator did with the customer's data. Who it was is not said."""

    operation: str
    """The API's name of it, in `GET /capabilities`."""
    outcome: Outcome
    """What came of it, as in `GET /activity`."""
    at: Instant
    """When it was requested."""
    last_at: Instant
    """The same; where one request was repeated until it was answered, the last time."""
    count: int
    """How often it was requested."""


class ManifestPart(TypedDict):
    file: str
    """Its name in the ZIP."""
    count: int
    """Lines; 0 where nothing of the kind is held."""
    size_bytes: int
    """Of the file as it is unpacked."""
    sha256: str
    """In hexadecimal digits, of the file as it is unpacked."""


class Manifest(TypedDict):
    """What the export holds, whose it is, and as of when."""

    schema_version: int
    """Of the files' shapes. Fields may be added; what is there stays as it is as long as the version does."""
    export_id: str
    """Another for each file that is made."""
    enterprise_id: str
    """Whose customer it is."""
    customer_id: str
    """Whose data it is."""
    created_at: Instant
    """When its reading began: it holds all that had been stored by then."""
    changed_meanwhile: bool
    """Whether the customer changed while it was read: a figure may then hold what the ledger does not, or the other
    way round. The next export has it in both."""
    parts: list[ManifestPart]
    """The files, in their order in the ZIP."""


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
}
"""In the order in which they are written; what a line of each says."""
