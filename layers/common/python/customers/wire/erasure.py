"""Erase: the request and the answer. A preview has the answer's shape, and the counts beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NotRequired

from customers.domain.customers.profile import Profile, State
from customers.domain.enterprise import Settings
from customers.domain.erasure.plan import Erasure, Fate, Kind, Plan, fate
from customers.domain.instants import show_instant
from customers.domain.refusals import ValidationError
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, TypedDict
from customers.wire.identifiers.paths import read_id

DRY_RUN = Parameter(
    "dry_run",
    "`true` shows what would be removed, scrubbed and kept, and what blocks it, and writes nothing.",
    schema={"type": "string", "enum": ["true", "false"]},
    example="true",
)


@dataclass(frozen=True, slots=True)
class EraseRequest:
    """Who is to be erased, or only shown as they would be."""

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
        """What two requests have in common that ask the same."""
        return {"id": self.customer_id, "dry_run": self.dry_run}


class Counts(TypedDict):
    """How many of each kind there are. A kind of which there are none is left out."""

    identity: NotRequired[int]
    """Rows that a lookup finds: the customer's own, and those that provider ids and absorbed phones lead to."""
    provider_ids: NotRequired[int]
    ledger_personal: NotRequired[int]
    """Entries of the ledger that say something of the person: names, phones, preferences, consent, provider ids."""
    ledger: NotRequired[int]
    """All other entries."""
    transactions: NotRequired[int]
    """Purchases and refunds."""
    promo_grants: NotRequired[int]
    events: NotRequired[int]
    """What was recorded that is no purchase. Scrubbed, an event has no attributes."""
    absorbed: NotRequired[int]
    """Customers who were merged into this one, with their phones."""
    verification: NotRequired[int]
    exports: NotRequired[int]
    sessions: NotRequired[int]
    answers: NotRequired[int]
    """Answers that are kept under idempotency keys."""


class Preview(TypedDict):
    blockers: list[str]
    """Why it would be refused, or would wait; empty where nothing blocks it."""
    removed: Counts
    scrubbed: Counts
    """What stays under the id, without what says something of the person."""
    kept: Counts


class EraseData(TypedDict):
    customer_id: str
    """Of an absorbed customer, the survivor's: both are the same person."""
    erasure_id: str | None
    """Under which the receipt of the erasure is kept. Null in a preview."""
    outcome: Literal["hard_deleted", "anonymized", "escalated"]
    """Escalated (202): there is money to spend. It is done once that is settled, and until then nothing has changed."""
    prior_state: State
    transactions_retained: bool
    """Whether the books keep the transactions, under an id that leads to nobody."""
    pii_scrubbed: bool
    """Whether no read tells anything of the person any more. In a preview: whether it would be so."""
    erased_at: Instant | None
    """Null in a preview, and while it waits."""
    preview: NotRequired[Preview]
    """With `dry_run` only."""


def erase_data(erasure: Erasure) -> EraseData:
    """The answer: what was done, or that it waits."""
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

    def those(wanted: Fate) -> Any:
        return {kind: count for kind, count in counts.items() if count and fate(plan.outcome, kind) == wanted}

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
