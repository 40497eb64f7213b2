"""Rows of promo grants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.facts.account import Grant
from customers.domain.instants import sortable_instant
from customers.store.dynamodb.items import Item, instant_of
from customers.store.records.keys import record_key, scope_of, stamp_of

BY_EXPIRY = "by_expiry"
"""The index of open grants, sorted by expiry."""

GRANT = "grant#"
"""How the sort keys of grants begin, by id."""

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
    if grant.released:
        row["released"] = {"S": str(grant.released)}
    if grant.expired:
        row["expired"] = {"S": str(grant.expired)}
    return row


def grant_of(row: Mapping[str, Any], customer_id: str | None = None) -> Grant:
    """The inverse of `grant_row`, of this customer; without one it is of no part."""
    return Grant(
        grant_id=row["grant_id"]["S"],
        amount_minor=int(row["amount"]["N"]),
        expires_at=instant_of(row, "expires_at"),
        granted=stamp_of(row["granted"]["S"]),
        released=stamp_of(row["released"]["S"]) if "released" in row else None,
        expired=stamp_of(row["expired"]["S"]) if "expired" in row else None,
        scope=scope_of(row, customer_id),
    )
