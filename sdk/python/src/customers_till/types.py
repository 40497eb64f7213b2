"""The answers, as `/openapi` describes them. A test compares the two. Expect further fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Literal, NotRequired, TypedDict, TypeVar

Status = Literal["registered", "pending_proof", "not_found"]
Badge = Literal["new", "regular", "vip", "lapsed"]
EventType = Literal["check_in", "survey_response", "loyalty_card_scan", "feedback"]
Include = Literal["badge_reason", "preferences"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What the service answered. Its `repr` leaves the data out, because they are personal."""

    data: T
    status: int
    request_id: str
    """Quote it when you report a problem."""
    replayed: bool = False
    """Whether an earlier request with the same key had this effect."""
    completeness: int | None = None
    """0 to 100; None if the answer is not about one customer."""

    def __repr__(self) -> str:
        return f"Answer(status={self.status}, request_id={self.request_id!r}, replayed={self.replayed})"


class Balance(TypedDict):
    """Both in minor units of `currency`."""

    spendable_minor: int
    locked_promo_minor: int
    currency: str


class Activity(TypedDict):
    lifetime_spend_minor: int
    visit_count: int
    visit_count_last_90d: int
    last_visit_at: str | None


class Customer(TypedDict):
    name: str | None
    phone: str
    state: Literal["VERIFIED", "PENDING_PROOF"]
    member_since: str | None
    balance: Balance
    activity: Activity
    badge: Badge


class UnclaimedCashback(TypedDict):
    """Where nothing waits (any more), the amount is 0 and `expires_at` None."""

    amount_minor: int
    currency: str
    expires_at: str | None


class LookupData(TypedDict):
    """Decide by `status` what to show. A stranger is `not_found`, and no error."""

    status: Status
    customer: Customer | None
    unclaimed_cashback: UnclaimedCashback | None
    badge_reason: NotRequired[dict[str, Any] | None]
    preferences: NotRequired[dict[str, Any] | None]
    branch_id: str | None
    fetched_at: str


class CustomerContext(TypedDict):
    """The answer of identify; it contains nothing that could move money."""

    status: Status
    customer_id: str | None
    customer: Customer | None
    unclaimed_cashback: UnclaimedCashback | None
    branch_id: str | None
    fetched_at: str


class SessionContext(CustomerContext):
    session_id: str
    identified_at: str | None
    merged_event_ids: list[str]


class EventBody(TypedDict):
    """A non-purchase event. `occurred_at` is RFC 3339."""

    event_type: EventType
    attributes: NotRequired[dict[str, Any]]
    occurred_at: NotRequired[str]


class RecordedEvent(TypedDict):
    event_id: str
    event_type: EventType
    attributes: dict[str, Any]
    customer_id: str
    branch_id: str | None
    occurred_at: str
    recorded_at: str


class EventData(TypedDict):
    """`event` is None for a stranger: nothing is stored about them."""

    status: Status
    event: RecordedEvent | None


class SessionEvent(TypedDict):
    event_id: str
    event_type: EventType
    occurred_at: str


class SessionData(TypedDict):
    """`context` is the customer once the session is identified: no lookup is needed."""

    session_id: str
    status: Literal["anonymous", "identified_in_session"]
    opened_at: str
    expires_at: str
    branch_id: str
    basket_reference: str | None
    events: list[SessionEvent]
    identified_at: str | None
    context: CustomerContext | None
