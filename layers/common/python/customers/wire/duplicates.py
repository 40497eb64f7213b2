"""Duplicates: who may be the same person, and who is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from customers.domain.customers.badge import explain_badge
from customers.domain.customers.status import identify
from customers.domain.enterprise import Settings
from customers.domain.instants import show_instant
from customers.domain.search.duplicates import MOST, Duplicate, Evidence, Kind
from customers.wire.customers.customer import customer_data
from customers.wire.customers.examples import CUSTOMER_EXAMPLE
from customers.wire.http.body import read_body
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, Limits, TypedDict
from customers.wire.identifiers.paths import read_id
from customers.wire.search import FoundCustomer


class EvidenceData(TypedDict):
    kind: Kind
    """`same_name_phone_swap`: the same name, and two neighbouring digits of the phones are swapped.
    `same_name_phone_digit`: the same name, and the phones differ in one digit. `provider_id_moved`: a provider's id of
    this customer was the other's before. `same_name_last4`: the same name, and the phones end in the same four
    digits."""
    phone: str | None
    """The other customer's phone that is alike; it may be one that a merge has absorbed. Null for a provider id."""
    provider_customer_id: str | None
    """The provider's id that moved."""


class DuplicateData(FoundCustomer):
    evidence: list[EvidenceData]
    """Why the two may be the same person, the strongest evidence first."""


class DuplicatesData(TypedDict):
    customer_id: str
    """The customer; the survivor, if the id in the path was merged."""
    duplicates: Annotated[list[DuplicateData], Limits(max_length=MOST)]
    """The strongest evidence first. Nobody is merged by it: look at both, then merge them, or say that they are not the
    same person. Disabled customers and those who were said to be another person are not in it."""
    complete: bool
    """False if too many phones end in the same four digits to look at all of them. Then the most similar phones were
    looked at."""
    fetched_at: Instant


def duplicates_data(
    customer_id: str, found: Iterable[Duplicate], settings: Settings, now: datetime, *, complete: bool
) -> DuplicatesData:
    """The answer."""
    return {
        "customer_id": customer_id,
        "duplicates": [_duplicate(each, settings, now) for each in found],
        "complete": complete,
        "fetched_at": show_instant(now),
    }


class NotTheSameBody(TypedDict):
    """Another customer, who is not the one in the path."""

    other_customer_id: Annotated[str, Limits(min_length=1, max_length=64)]
    """The other customer's id."""


@dataclass(frozen=True, slots=True)
class NotTheSameRequest:
    """Two customers who are different people."""

    customer_id: str
    other_id: str

    @staticmethod
    def read(request: Request, _settings: Settings) -> NotTheSameRequest:
        """Raises `ValidationError` naming the field to mend, or `NotFound`."""
        return NotTheSameRequest(read_id(request), read_body(request, NotTheSameBody)["other_customer_id"])

    def payload(self) -> dict[str, Any]:
        """Plain JSON, equal for two requests with the same meaning."""
        return {"id": self.customer_id, "other": self.other_id}


class NotTheSameData(TypedDict):
    customer_id: str
    other_customer_id: str
    """Neither is a duplicate of the other any more. The same holds for a survivor that absorbs one of them."""
    said_at: Instant


def not_the_same_data(customer_id: str, other_id: str, now: datetime) -> NotTheSameData:
    """The answer."""
    return {"customer_id": customer_id, "other_customer_id": other_id, "said_at": show_instant(now)}


def _duplicate(duplicate: Duplicate, settings: Settings, now: datetime) -> DuplicateData:
    profile, reason = duplicate.profile, explain_badge(duplicate.profile.activity, settings.badge, now)
    status, _ = identify(profile)
    assert status != "not_found"  # noqa: S101 - nobody who is disabled or erased is a duplicate
    return {
        "customer_id": profile.customer_id,
        "status": status,
        **customer_data(profile, reason, now),
        "evidence": [_evidence(each) for each in duplicate.evidence],
    }


def _evidence(evidence: Evidence) -> EvidenceData:
    return {
        "kind": evidence.kind,
        "phone": evidence.phone.e164 if evidence.phone else None,
        "provider_customer_id": evidence.provider_id,
    }


_OTHER = "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f"
DUPLICATES_EXAMPLE: DuplicatesData = {
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "duplicates": [
        {
            "customer_id": _OTHER,
            "status": "registered",
            **CUSTOMER_EXAMPLE,
            "phone": "+97433001212",
            "evidence": [{"kind": "same_name_phone_swap", "phone": "+97433001212", "provider_customer_id": None}],
        }
    ],
    "complete": True,
    "fetched_at": "2026-06-05T09:10:00Z",
}
NOT_THE_SAME_BODY_EXAMPLE: NotTheSameBody = {"other_customer_id": _OTHER}
NOT_THE_SAME_EXAMPLE: NotTheSameData = {
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "other_customer_id": _OTHER,
    "said_at": "2026-06-05T09:10:00Z",
}
