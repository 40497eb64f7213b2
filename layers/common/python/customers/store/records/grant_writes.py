"""Writes of grants, and of ends of grants that their part does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from customers.domain.facts.account import Account
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put
from customers.store.records.grant_rows import LOOSE_END, grant_row, loose_end_row


def grant_writes(table: str, enterprise: str, before: Account, after: Account) -> Iterator[Any]:
    """What has changed. `table` is the Records table."""
    customer_id = after.profile.customer_id
    for key, grant in after.grants.items():
        if grant != before.grants.get(key):
            yield put(table, grant_row(enterprise, customer_id, grant))
    for key, end in after.loose_ends.items():
        if end != before.loose_ends.get(key):
            yield put(table, loose_end_row(enterprise, customer_id, end))
    for key in before.loose_ends.keys() - after.loose_ends.keys():
        gone = loose_end_row(enterprise, customer_id, before.loose_ends[key])
        yield delete(table, {name: gone[name] for name in ("pk", "sk")})


def loose_ends_in(writes: Sequence[Any]) -> list[Any]:
    """Of the writes, the loose ends that go. They may go afterwards: once its part has the grant (`settled`), a loose
    end has no effect any more.
    """
    return [each for each in writes if "Delete" in each and _is_loose_end(each["Delete"]["Key"])]


def _is_loose_end(key: Item) -> bool:
    return str(key.get("sk", {}).get("S", "")).startswith(LOOSE_END)
