"""Writes of what facts changed of an account, apart from the customer's row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from customers.domain.facts.account import Account
from customers.store.customers import snapshot_invalidation
from customers.store.customers.part_rows import changed_part_rows
from customers.store.customers.pointers import pointer_row
from customers.store.dynamodb.transactions import put
from customers.store.facts.accounts import StoredAccount
from customers.store.records.grant_writes import grant_writes
from customers.store.records.import_rows import import_row
from customers.store.records.transaction_rows import put_transaction, transaction_row


def account_writes(
    table: str, enterprise: str, stored: StoredAccount, after: Account, *, is_new: bool
) -> Iterator[Any]:
    """The departure mark, field versions, parts, grants with ends, imports and transactions. `table` is Records."""
    before, customer_id = stored.account, after.profile.customer_id
    if not before.profile.erased:
        known = None if is_new else before.profile
        yield from snapshot_invalidation.shut_off(table, enterprise, known, after.profile)
    if is_new or after.field_versions != before.field_versions:
        yield put(table, pointer_row(enterprise, after.profile, after.field_versions))
    if after.parts:
        yield from (put(table, row) for row in changed_part_rows(enterprise, before.parts, after.parts))
    yield from grant_writes(table, enterprise, before, after)
    for key, imported in after.imports.items():
        if key not in before.imports:
            yield put(table, import_row(enterprise, customer_id, imported))
    for key, transaction in after.transactions.items():
        if transaction != before.transactions.get(key):
            row = transaction_row(enterprise, customer_id, transaction, stored.counted.get(key))
            yield put_transaction(table, row, is_new=key not in before.transactions)
