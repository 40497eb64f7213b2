"""The demo enterprise and its customers, as facts that other domains would publish.

Every fact has its own id and time, so publishing it again changes nothing. Layla comes every ten days: whenever the
demo runs, nine of her visits are in the last ninety days, and a kept stack sees her come again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ENTERPRISE = "11111111-1111-1111-1111-111111111111"
BRANCH = "22222222-2222-2222-2222-222222222222"
MERCHANT = "33333333-3333-3333-3333-333333333333"

LAYLA = "+97433001122"
PENDING = "+97455003344"
DISABLED = "+97466005566"
UNKNOWN = "+97477007788"

# A visit every ten days; the demo publishes the latest 27. Any 27 in a row add up to SPENT.
FIRST_VISIT = datetime(2025, 1, 1, 16, 42, tzinfo=UTC)
BETWEEN_VISITS = timedelta(days=10)
VISITS = 27
SPENT = 184_000
FACT_PREFIX = "demo-"
SPENDABLE = 12_500
CASHBACK = 2_500


@dataclass(frozen=True)
class Fact:
    """One event of the bus."""

    type: str
    fact_id: str
    occurred_at: str
    fields: dict[str, object]

    @property
    def detail(self) -> dict[str, object]:
        """The event's detail."""
        common = {"fact_id": self.fact_id, "enterprise_id": ENTERPRISE, "occurred_at": self.occurred_at}
        return common | self.fields


def facts(now: datetime) -> Iterator[Fact]:
    """Everything that has happened by now."""
    yield _fact("enterprise.configured", "2025-11-01T06:00:00Z", name="Demo Coffee", currency="QAR", home_region="QA")
    yield _fact("branch.registered", "2025-11-01T06:05:00Z", merchant_id=MERCHANT, branch_id=BRANCH)
    yield _about(DISABLED, "customer.registered", "2025-11-04T09:00:00Z", name="Omar Saleh")
    yield _about(DISABLED, "customer.verified", "2025-11-04T09:01:00Z")
    yield _about(DISABLED, "customer.disabled", "2025-11-05T09:00:00Z")
    yield _about(
        LAYLA, "customer.registered", "2025-11-02T08:14:00Z", name="Layla Hassan", member_since="2025-11-02T08:14:00Z"
    )
    yield _about(LAYLA, "customer.verified", "2025-11-02T08:15:00Z")
    yield _about(LAYLA, "provider_id.linked", "2025-11-02T08:16:00Z", provider_customer_id="pos-layla")
    yield _about(LAYLA, "consent.updated", "2025-11-02T08:17:00Z", consent={"marketing": True})
    yield _about(LAYLA, "balance.topped_up", "2025-11-02T08:20:00Z", **_money(SPENDABLE))
    yield from _visits(now)
    yield _about(
        PENDING,
        "promo.granted",
        "2025-11-03T11:00:00Z",
        grant_id="demo-grant",
        **_money(CASHBACK),
        expires_at="2030-12-31T20:59:59Z",
    )


def _visits(now: datetime) -> Iterator[Fact]:
    latest = (now - FIRST_VISIT) // BETWEEN_VISITS
    for visit in range(max(0, latest - VISITS + 1), latest + 1):
        at = FIRST_VISIT + visit * BETWEEN_VISITS
        yield _about(
            LAYLA,
            "purchase.completed",
            at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            purchase_id=f"demo-{at:%Y-%m-%d}",
            branch_id=BRANCH,
            **_money(SPENT // VISITS + (visit % VISITS < SPENT % VISITS)),
        )


def _money(amount_minor: int) -> dict[str, object]:
    return {"amount_minor": amount_minor, "currency": "QAR"}


def _about(phone: str, kind: str, occurred_at: str, **fields: object) -> Fact:
    return _fact(kind, occurred_at, customer={"phone": phone}, **fields)


def _fact(kind: str, occurred_at: str, **fields: object) -> Fact:
    return Fact(kind, f"{FACT_PREFIX}{kind}-{occurred_at}", occurred_at, fields)
