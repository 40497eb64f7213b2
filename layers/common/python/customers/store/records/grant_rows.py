"""Rows of promo grants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.grants.grant import Grant, LooseEnd
from customers.domain.instants import sortable_instant
from customers.store.dynamodb.items import Item, instant_of
from customers.store.records.keys import record_key, scope_of, stamp_of

BY_EXPIRY = "by_expiry"
"""The index of open grants, sorted by expiry."""

GRANT = "grant#"
"""How the sort keys of grants begin, by id."""

LOOSE_END = "loose_end#"
"""How the sort keys of ends begin that name a part without such a grant, by the grant's id."""

NEVER = "never"
"""Sorts after every instant, also of the year 9999: a grant that does not expire."""


def grant_row(enterprise: str, customer_id: str, grant: Grant) -> Item:
    row = {
        **record_key(enterprise, grant.scope or customer_id, f"{GRANT}{grant.grant_id}"),
        "grant_id": {"S": grant.grant_id},
        "amount": {"N": str(grant.amount_minor)},
        "granted": {"S": str(grant.granted)},
    }
    if grant.expires_at:
        row["expires_at"] = {"S": sortable_instant(grant.expires_at)}
    if grant.open:
        row["open_until"] = {
            "S": f"{sortable_instant(grant.expires_at) if grant.expires_at else NEVER}#{grant.grant_id}"
        }
    if grant.first:
        row["first"] = {"S": str(grant.first)}
    return row | _ends(grant)


def grant_of(row: Mapping[str, Any], customer_id: str | None = None) -> Grant:
    """The inverse of `grant_row`, of this customer; without one it is of no part."""
    return Grant(
        grant_id=row["grant_id"]["S"],
        amount_minor=int(row["amount"]["N"]),
        expires_at=instant_of(row, "expires_at"),
        granted=stamp_of(row["granted"]["S"]),
        released=_stamp(row, "released"),
        expired=_stamp(row, "expired"),
        scope=scope_of(row, customer_id),
        first=_stamp(row, "first"),
    )


def loose_end_row(enterprise: str, customer_id: str, end: LooseEnd) -> Item:
    return {
        **record_key(enterprise, end.scope or customer_id, f"{LOOSE_END}{end.grant_id}"),
        "grant_id": {"S": end.grant_id},
        **_ends(end),
    }


def loose_end_of(row: Mapping[str, Any], customer_id: str | None = None) -> LooseEnd:
    """The inverse of `loose_end_row`, of this customer; without one it is of no part."""
    released, expired = _stamp(row, "released"), _stamp(row, "expired")
    return LooseEnd(row["grant_id"]["S"], released, expired, scope_of(row, customer_id))


def _ends(ended: Grant | LooseEnd) -> Item:
    ends = {"released": ended.released, "expired": ended.expired}
    return {name: {"S": str(order)} for name, order in ends.items() if order}


def _stamp(row: Mapping[str, Any], name: str) -> EventOrder | None:
    return stamp_of(row[name]["S"]) if name in row else None
