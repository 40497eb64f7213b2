"""The Customers table: one row is the whole answer to a lookup.

Attribute values are read and written by hand, because a lookup does so at
every order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from customers.domain.canonical_json import canonical_json
from customers.domain.customers.activity import Activity
from customers.domain.customers.locked import Locked
from customers.domain.customers.packing import pack_instants, pack_pairs, unpack_instants, unpack_pairs
from customers.domain.customers.profile import NO_PHONE, Erased, Profile
from customers.domain.customers.visits import Visits
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import sortable_instant
from customers.store.customers.keys import LEFT, customer_key, erased_key, provider_copy_key, survivor_key
from customers.store.dynamodb.items import Item, instant_of


def customer_rows(enterprise: str, profile: Profile) -> list[Item]:
    """The row and its copies: one for each provider id, so that every id is one read, and a survivor's one, to which
    absorbed phones lead.
    """
    if profile.erased:
        return [_erased_row(enterprise, profile, profile.erased)]
    body = _profile_attributes(profile)
    left: Item = {LEFT: {"L": [{"S": each} for each in profile.left]}} if profile.left else {}
    row = {**customer_key(enterprise, profile.phone), **body, **left}
    copies = [{**provider_copy_key(enterprise, each), **body} for each in profile.provider_ids]
    if profile.absorbed:
        copies.append({**survivor_key(enterprise, profile.customer_id), **body, **left})
    return [row, *copies]


def _erased_row(enterprise: str, profile: Profile, erased: Erased) -> Item:
    """Numbers and our own ids; nothing personal."""
    return {
        **erased_key(enterprise, profile.customer_id),
        **_numbers(profile),
        "state": {"S": "ERASED"},
        "prior_state": {"S": profile.state},
        **erased_attributes(erased),
    }


def erased_attributes(erased: Erased) -> Item:
    """The attributes of an erasure, in the row and in the pointer."""
    return {
        "erased_at": {"S": sortable_instant(erased.at)},
        "outcome": {"S": erased.outcome},
        "erasure_id": {"S": erased.id},
    }


def erased_of(row: Mapping[str, Any]) -> Erased | None:
    """The inverse of `erased_attributes`; None for a customer who is not erased."""
    at = instant_of(row, "erased_at")
    return Erased(at, row["outcome"]["S"], row["erasure_id"]["S"]) if at else None


def _numbers(profile: Profile) -> Item:
    row: Item = {
        "customer_id": {"S": profile.customer_id},
        "currency": {"S": profile.currency},
        "version": {"N": str(profile.version)},
        **sum_attributes(profile.balance_minor, profile.locked, profile.activity, profile.checksum, profile.loose_ends),
    }
    if profile.member_since:
        row["member_since"] = {"S": sortable_instant(profile.member_since)}
    return row | ({"absorbed": {"N": str(profile.absorbed)}} if profile.absorbed else {})


def sum_attributes(balance_minor: int, locked: Locked, activity: Activity, checksum: bytes, loose_ends: int) -> Item:
    """What the facts about a customer, or about a part of one, add up to."""
    row: Item = {
        "balance": {"N": str(balance_minor)},
        **_locked_attributes(locked),
        "spend": {"N": str(activity.lifetime_spend_minor)},
        "visits": {"N": str(activity.visit_count)},
    }
    if activity.last_visit_at:
        row["last_visit_at"] = {"S": sortable_instant(activity.last_visit_at)}
    if activity.recent.exact:
        row["recent"] = {"B": pack_instants(activity.recent.exact)}
    if activity.recent.by_day:
        row["recent_days"] = {"B": pack_pairs(activity.recent.by_day)}
    if checksum:
        row["checksum"] = {"B": checksum}
    if loose_ends:
        row["loose_ends"] = {"N": str(loose_ends)}
    return row


def sums_of(row: Mapping[str, Any]) -> tuple[int, Locked, Activity, bytes, int]:
    """The inverse of `sum_attributes`."""
    activity = Activity(
        lifetime_spend_minor=int(row["spend"]["N"]),
        visit_count=int(row["visits"]["N"]),
        last_visit_at=instant_of(row, "last_visit_at"),
        recent=_visits_of(row),
    )
    checksum = row["checksum"]["B"] if "checksum" in row else b""
    loose_ends = int(row["loose_ends"]["N"]) if "loose_ends" in row else 0
    return int(row["balance"]["N"]), _locked_of(row), activity, checksum, loose_ends


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


def _locked_attributes(locked: Locked) -> Item:
    row: Item = {"locked": {"N": str(locked.for_good)}}
    if locked.exact:
        row["locked_ends"] = {"B": pack_pairs(locked.exact)}
    if locked.by_day:
        row["locked_days"] = {"B": pack_pairs(locked.by_day)}
    if locked.since:
        row["locked_since"] = {"N": str(locked.since)}
    return row


def _locked_of(row: Mapping[str, Any]) -> Locked:
    if "locked_since" not in row:
        return Locked(int(row["locked"]["N"]))
    return Locked(
        int(row["locked"]["N"]),
        unpack_pairs(row["locked_ends"]["B"]) if "locked_ends" in row else (),
        unpack_pairs(row["locked_days"]["B"]) if "locked_days" in row else (),
        int(row["locked_since"]["N"]),
    )


def _visits_of(row: Mapping[str, Any]) -> Visits:
    return Visits(
        unpack_instants(row["recent"]["B"]) if "recent" in row else (),
        unpack_pairs(row["recent_days"]["B"]) if "recent_days" in row else (),
    )


def left_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of the customers who were set free from this one."""
    return tuple(each["S"] for each in row[LEFT]["L"]) if LEFT in row else ()


def profile_of(row: Mapping[str, Any]) -> Profile:
    """The inverse of `customer_rows`, for the row and its copies alike."""
    erased = erased_of(row)
    state = row["prior_state" if erased else "state"]["S"]
    balance_minor, locked, activity, checksum, loose_ends = sums_of(row)
    return Profile(
        customer_id=row["customer_id"]["S"],
        phone=NO_PHONE if erased else Phone(row["phone"]["S"]),
        currency=row["currency"]["S"],
        version=int(row["version"]["N"]),
        verified=state == "VERIFIED" or "verified" in row,
        disabled=state == "DISABLED",
        name=row["name"]["S"] if "name" in row else None,
        member_since=instant_of(row, "member_since"),
        balance_minor=balance_minor,
        locked=locked,
        activity=activity,
        checksum=checksum,
        preferences=json.loads(row["preferences"]["S"]) if "preferences" in row else {},
        consent=json.loads(row["consent"]["S"]) if "consent" in row else {},
        provider_ids=tuple(each["S"] for each in row["provider_ids"]["L"]) if "provider_ids" in row else (),
        held_since=instant_of(row, "held_since"),
        absorbed=int(row["absorbed"]["N"]) if "absorbed" in row else 0,
        left=left_of(row),
        loose_ends=loose_ends,
        erased=erased,
    )
