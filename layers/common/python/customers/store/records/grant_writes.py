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


def in_room(writes: Sequence[Any], most: int) -> tuple[list[Any], list[Any]]:
    """The writes, if there are not too many for a transaction; else without the loose ends that go, and these.

    A loose end has no effect any more once its part has the grant (`settled`), so it may go afterwards.
    """
    later = [each for each in writes if "Delete" in each and _is_loose_end(each["Delete"]["Key"])]
    if len(writes) <= most:
        return [*writes], []
    return [each for each in writes if each not in later], later


def _is_loose_end(key: Item) -> bool:
    return str(key.get("sk", {}).get("S", "")).startswith(LOOSE_END)
