"""The row and the answer as pydantic models."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Json

from .rules import API_VERSION, STATUS, Badge, badge, completeness, shown, visits_in_window

State = Literal["PENDING_PROOF", "VERIFIED", "DISABLED"]


class Row(BaseModel):
    """An item of the Customers table, as boto3's resource gives it. Money is in minor units."""

    phone: str
    currency: str
    state: State
    name: str | None = None
    member_since: datetime | None = None
    balance: int
    locked: int
    locked_until: datetime | None = None
    spend: int
    visits: int
    last_visit_at: datetime | None = None
    recent: Annotated[bytes, BeforeValidator(bytes)] = b""
    preferences: Json[dict[str, Any]] | None = None
    consent: Json[dict[str, Any]] | None = None


class Balance(BaseModel):
    spendable_minor: int
    locked_promo_minor: int
    currency: str


class Activity(BaseModel):
    lifetime_spend_minor: int
    visit_count: int
    visit_count_last_90d: int
    last_visit_at: str | None


class Customer(BaseModel):
    name: str | None
    phone: str
    state: State
    member_since: str | None
    balance: Balance
    activity: Activity
    badge: Badge


class UnclaimedCashback(BaseModel):
    amount_minor: int
    currency: str
    expires_at: str | None


class LookupData(BaseModel):
    status: Literal["registered", "pending_proof", "not_found"]
    customer: Customer | None = None
    unclaimed_cashback: UnclaimedCashback | None = None
    branch_id: str | None
    fetched_at: str


class Meta(BaseModel):
    request_id: str
    idempotency_replayed: bool = False
    api_version: str = API_VERSION
    data_completeness_score: int | None


class Envelope(BaseModel):
    ok: bool = True
    data: LookupData
    error: None = None
    meta: Meta


def envelope(item: dict[str, Any] | None, caller: dict[str, str], request_id: str, now: datetime) -> Envelope:
    """The answer about the item that was read, or about nobody."""
    row = Row.model_validate(item) if item else None
    status = STATUS.get(row.state) if row else None
    score = None
    data = LookupData(status=status or "not_found", branch_id=caller["branch_id"] or None, fetched_at=shown(now))
    if row and status:
        data.customer = _customer(row, json.loads(caller["settings"])["badge"], now)
        if status == "pending_proof":
            data.unclaimed_cashback = UnclaimedCashback(
                amount_minor=row.locked, currency=row.currency, expires_at=_shown(row.locked_until)
            )
        score = completeness(row.name, status == "registered", row.visits, row.preferences, row.consent)
    return Envelope(data=data, meta=Meta(request_id=request_id, data_completeness_score=score))


def _customer(row: Row, limits: dict[str, int], now: datetime) -> Customer:
    recent = visits_in_window(row.recent, now)
    return Customer(
        name=row.name,
        phone=row.phone,
        state=row.state,
        member_since=_shown(row.member_since),
        balance=Balance(spendable_minor=max(0, row.balance), locked_promo_minor=row.locked, currency=row.currency),
        activity=Activity(
            lifetime_spend_minor=row.spend,
            visit_count=row.visits,
            visit_count_last_90d=recent,
            last_visit_at=_shown(row.last_visit_at),
        ),
        badge=badge(row.visits, recent, row.spend, limits),
    )


def _shown(at: datetime | None) -> str | None:
    return shown(at) if at else None
