"""What a transaction needs to write a customer's row and its copies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from customers.domain.customers.profile import Profile
from customers.store.customers.keys import customer_key
from customers.store.customers.rows import customer_rows
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put, require


def replace_customer(table: str, enterprise: str, stored: Profile | None, profile: Profile) -> Iterator[Any]:
    """A customer's row and its copies, if nobody else has written them since `stored` was read.

    With another phone the row moves: nobody may have the new phone, unless it already leads to this customer.
    """
    as_read: tuple[str] | tuple[str, Item] = unchanged(stored) if stored else ("attribute_not_exists(pk)",)
    row, *copies = customer_rows(enterprise, profile)
    if stored is None or stored.phone == profile.phone:
        yield put(table, row, *as_read)
    else:
        yield delete(table, customer_key(enterprise, stored.phone), *as_read)
        values = {":me": {"S": profile.customer_id}}
        yield put(table, row, "attribute_not_exists(pk) OR leads_to = :me", values)
    yield from (put(table, copy) for copy in copies)
    kept = [copy["pk"] for copy in copies]
    for copy in customer_rows(enterprise, stored)[1:] if stored else []:
        if copy["pk"] not in kept:
            yield delete(table, {"pk": copy["pk"]})


def remove_copies(table: str, enterprise: str, stored: Profile) -> Iterator[Any]:
    """All copies of a customer's row."""
    yield from (delete(table, {"pk": copy["pk"]}) for copy in customer_rows(enterprise, stored)[1:])


def unchanged(stored: Profile) -> tuple[str, Item]:
    """The condition that a row is as it was read. By now another customer of the same version may have the phone, so
    the id counts too.
    """
    values = {":version": {"N": str(stored.version)}, ":customer": {"S": stored.customer_id}}
    return "version = :version AND customer_id = :customer", values


def require_unchanged(table: str, enterprise: str, stored: Profile) -> Any:
    """Writes nothing: the transaction fails if somebody has written the customer since `stored` was read or written."""
    (row, *_) = customer_rows(enterprise, stored)
    return require(table, {"pk": row["pk"]}, *unchanged(stored))
