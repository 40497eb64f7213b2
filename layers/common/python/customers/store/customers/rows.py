"""The Customers table: one row is the whole answer to a lookup.

Every key begins with the enterprise. Attribute values are written by hand, for the lookup reads them at every order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.customers.activity import Activity, pack, unpack
from customers.domain.customers.profile import NO_PHONE, Erased, Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import sortable_instant

Item = dict[str, Any]
"""A row in DynamoDB's JSON: attribute name to `{type: value}`."""


def customer_key(enterprise: str, phone: Phone) -> Item:
    return {"pk": {"S": f"{enterprise}#{phone.e164}"}}


def provider_key(enterprise: str, provider_id: str) -> Item:
    return {"S": f"{enterprise}#{provider_id}"}


def survivor_key(enterprise: str, customer_id: str) -> Item:
    """Where a survivor's row lies once more, for those who come by an absorbed phone: whatever the phone is by then."""
    return {"pk": {"S": f"{enterprise}#customer#{customer_id}"}}


def erased_key(enterprise: str, customer_id: str) -> Item:
    """Where the numbers lie that are left of a person: no phone and no provider id leads there."""
    return {"pk": {"S": f"{enterprise}#erased#{customer_id}"}}


def customer_rows(enterprise: str, profile: Profile) -> list[Item]:
    """The row itself, and its copies: for each provider id after the first, so that every id is one read in the index,
    and of a survivor the one that absorbed phones lead to.
    """
    if profile.erased:
        return [_erased_row(enterprise, profile, profile.erased)]
    body = _profile_attributes(profile)
    row = {**customer_key(enterprise, profile.phone), **body}
    first, *others = profile.provider_ids or ("",)
    if first:
        row["provider_key"] = provider_key(enterprise, first)
    copies = [
        {"pk": {"S": f"{enterprise}#provider#{other}"}, "provider_key": provider_key(enterprise, other), **body}
        for other in others
    ]
    if profile.absorbed:
        copies.append({**survivor_key(enterprise, profile.customer_id), **body})
    return [row, *copies]


def is_copy(pk: str) -> bool:
    """Whether a row changes with another one, and says nothing of its own."""
    return pk.partition("#")[2].startswith(("provider#", "customer#"))


def lead_row(enterprise: str, absorbed: Profile, survivor_id: str) -> Item:
    """What lies at an absorbed customer's phone: to whom it leads."""
    row = {
        **customer_key(enterprise, absorbed.phone),
        "leads_to": {"S": survivor_id},
        "absorbed": {"S": absorbed.customer_id},
    }
    if absorbed.held_since:
        row["held_since"] = {"S": sortable_instant(absorbed.held_since)}
    return row


def _erased_row(enterprise: str, profile: Profile, erased: Erased) -> Item:
    """Numbers, and of text nothing but ids of ours: whatever else there was is left out."""
    return {
        **erased_key(enterprise, profile.customer_id),
        **_numbers(profile),
        "state": {"S": "ERASED"},
        "prior_state": {"S": profile.state},
        **erased_attributes(erased),
    }


def erased_attributes(erased: Erased) -> Item:
    """As they lie in the row and in the pointer."""
    return {
        "erased_at": {"S": sortable_instant(erased.at)},
        "outcome": {"S": erased.outcome},
        "erasure_id": {"S": erased.id},
    }


def erased_of(row: Mapping[str, Any]) -> Erased | None:
    """The inverse of `erased_attributes`; None of who is not erased."""
    at = instant_of(row, "erased_at")
    return Erased(at, row["outcome"]["S"], row["erasure_id"]["S"]) if at else None


def _numbers(profile: Profile) -> Item:
    activity = profile.activity
    row: Item = {
        "customer_id": {"S": profile.customer_id},
        "currency": {"S": profile.currency},
        "version": {"N": str(profile.version)},
        "balance": {"N": str(profile.balance_minor)},
        "locked": {"N": str(profile.locked_promo_minor)},
        "spend": {"N": str(activity.lifetime_spend_minor)},
        "visits": {"N": str(activity.visit_count)},
    }
    instants = {
        "member_since": profile.member_since,
        "locked_until": profile.locked_until,
        "last_visit_at": activity.last_visit_at,
    }
    row |= {name: {"S": sortable_instant(at)} for name, at in instants.items() if at}
    counts = {"absorbed": profile.absorbed, "sweeping": profile.sweeping}
    row |= {name: {"N": str(count)} for name, count in counts.items() if count}
    if activity.recent:
        row["recent"] = {"B": pack(activity.recent)}
    return row


def _profile_attributes(profile: Profile) -> Item:
    row = {**_numbers(profile), "phone": {"S": profile.phone.e164}, "state": {"S": profile.state}}
    if profile.held_since:
        row["held_since"] = {"S": sortable_instant(profile.held_since)}
    if profile.verified and profile.disabled:
        row["verified"] = {"BOOL": True}
    if profile.name is not None:
        row["name"] = {"S": profile.name}
    if profile.preferences:
        row["preferences"] = {"S": canonical_json(profile.preferences)}
    if profile.consent:
        row["consent"] = {"S": canonical_json(profile.consent)}
    if profile.provider_ids:
        row["provider_ids"] = {"L": [{"S": each} for each in profile.provider_ids]}
    return row


def profile_of(row: Mapping[str, Any]) -> Profile:
    """The inverse of `customer_rows`, for the row and its copies alike."""
    erased = erased_of(row)
    state = row["prior_state" if erased else "state"]["S"]
    return Profile(
        customer_id=row["customer_id"]["S"],
        phone=NO_PHONE if erased else Phone(row["phone"]["S"]),
        currency=row["currency"]["S"],
        version=int(row["version"]["N"]),
        verified=state == "VERIFIED" or "verified" in row,
        disabled=state == "DISABLED",
        name=row["name"]["S"] if "name" in row else None,
        member_since=instant_of(row, "member_since"),
        balance_minor=int(row["balance"]["N"]),
        locked_promo_minor=int(row["locked"]["N"]),
        locked_until=instant_of(row, "locked_until"),
        activity=Activity(
            lifetime_spend_minor=int(row["spend"]["N"]),
            visit_count=int(row["visits"]["N"]),
            last_visit_at=instant_of(row, "last_visit_at"),
            recent=unpack(row["recent"]["B"]) if "recent" in row else (),
        ),
        preferences=json.loads(row["preferences"]["S"]) if "preferences" in row else {},
        consent=json.loads(row["consent"]["S"]) if "consent" in row else {},
        provider_ids=tuple(each["S"] for each in row["provider_ids"]["L"]) if "provider_ids" in row else (),
        held_since=instant_of(row, "held_since"),
        absorbed=int(row["absorbed"]["N"]) if "absorbed" in row else 0,
        sweeping=int(row["sweeping"]["N"]) if "sweeping" in row else 0,
        erased=erased,
    )


def canonical_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def instant_of(row: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(row[name]["S"]).astimezone(UTC) if name in row else None
