"""Erase: the request and the answer. A preview is the same answer with counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NotRequired

from customers.domain.customers.profile import Profile, State
from customers.domain.enterprise import Settings
from customers.domain.erasure.plan import Disposition, Erasure, Kind, Plan, disposition
from customers.domain.instants import show_instant
from customers.domain.refusals import ValidationError
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, TypedDict
from customers.wire.identifiers.paths import read_id

DRY_RUN = Parameter(
    "dry_run",
    "`true` previews the erasure: what would be removed, scrubbed and kept, and what blocks it. It writes nothing.",
    schema={"type": "boolean", "default": False},
    example=True,
)


@dataclass(frozen=True, slots=True)
class EraseRequest:
    """The customer to erase, or to preview."""

    customer_id: str
    dry_run: bool

    @staticmethod
    def read(request: Request, _settings: Settings) -> EraseRequest:
        """Raises `ValidationError` naming the parameter to mend, or `NotFound`."""
        customer_id, dry_run = read_id(request), request.one("dry_run")
        if dry_run not in (None, "true", "false"):
            raise ValidationError("dry_run", "must be true or false")
        return EraseRequest(customer_id, dry_run == "true")

    def payload(self) -> dict[str, Any]:
        """Plain JSON, equal for two requests with the same meaning."""
        return {"id": self.customer_id, "dry_run": self.dry_run}


class Counts(TypedDict):
    """How many there are of each kind. Kinds with none are left out."""

    identity: NotRequired[int]
    """Rows that a lookup can find: the customer's row, and a row for each provider id and absorbed phone."""
    provider_ids: NotRequired[int]
    ledger_personal: NotRequired[int]
    """Ledger entries with personal data: names, phones, preferences, consent, provider ids."""
    ledger: NotRequired[int]
    """All other ledger entries."""
    transactions: NotRequired[int]
    """Purchases and refunds."""
    promo_grants: NotRequired[int]
    events: NotRequired[int]
    """Non-purchase events. A scrubbed event has no attributes."""
    absorbed: NotRequired[int]
    """Customers merged into this one, with their phones."""
    verification: NotRequired[int]
    exports: NotRequired[int]
    not_the_same: NotRequired[int]
    """The list of the customers who are said to be other people."""
    sessions: NotRequired[int]
    answers: NotRequired[int]
    """Answers stored under idempotency keys."""


class Preview(TypedDict):
    blockers: list[str]
    """Why the erasure would be refused or would wait; empty when nothing blocks it."""
    removed: Counts
    scrubbed: Counts
    """What stays under the id, without its personal data."""
    kept: Counts


class EraseData(TypedDict):
    customer_id: str
    """The erased customer. For an absorbed id it is the survivor, who is the same person."""
    erasure_id: str | None
    """The id of the erasure and of its receipt. Null in a preview."""
    outcome: Literal["hard_deleted", "anonymized", "escalated"]
    """`escalated` (202): the customer has spendable money. Nothing changes yet; the erasure runs once it is settled."""
    prior_state: State
    transactions_retained: bool
    """Whether the ledger keeps the transactions, under an id that identifies nobody."""
    pii_scrubbed: bool
    """True when no read returns personal data of this person any more. In a preview: whether that would be so."""
    erased_at: Instant | None
    """Null in a preview and while the erasure waits."""
    preview: NotRequired[Preview]
    """Only with `dry_run`."""


def erase_data(erasure: Erasure) -> EraseData:
    """The answer: the outcome, or that the erasure waits."""
    at = erasure.erased_at
    return {
        "customer_id": erasure.customer_id,
        "erasure_id": erasure.id,
        "outcome": erasure.outcome or "escalated",
        "prior_state": erasure.prior_state,
        "transactions_retained": erasure.outcome != "hard_deleted",
        "pii_scrubbed": at is not None,
        "erased_at": show_instant(at) if at else None,
    }


def preview_data(profile: Profile, plan: Plan, counts: Mapping[Kind, int]) -> EraseData:
    """The answer to a dry run."""

    def those(wanted: Disposition) -> Any:
        return {kind: count for kind, count in counts.items() if count and disposition(plan.outcome, kind) == wanted}

    return {
        "customer_id": profile.customer_id,
        "erasure_id": None,
        "outcome": "escalated" if plan.escalates else plan.outcome,
        "prior_state": profile.state,
        "transactions_retained": plan.outcome != "hard_deleted",
        "pii_scrubbed": not plan.blockers,
        "erased_at": None,
        "preview": {
            "blockers": list(plan.blockers),
            "removed": those("removed"),
            "scrubbed": those("scrubbed"),
            "kept": those("kept"),
        },
    }


ERASE_EXAMPLE: EraseData = {
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "erasure_id": "era_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
    "outcome": "anonymized",
    "prior_state": "VERIFIED",
    "transactions_retained": True,
    "pii_scrubbed": True,
    "erased_at": "2026-06-05T09:20:00Z",
}
