"""Departures: a customer is shut off, is erased, or leaves the row of their phone.

An enterprise has one row with the mark of its last departure, another one each time. Whoever keeps a copy of what a
lookup tells of a person (a session does, for hours) keeps with it the mark that was there before. As long as it is
there, nobody has departed since, and the copy may be shown. When it is not, the copy is shown only of a customer who is
looked up and found to be where they were.

So one put, in the transaction of a departure, takes a person out of all copies, however many there are.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from customers.domain.customers.profile import Profile
from customers.store.customers.rows import Item
from customers.store.dynamodb.transactions import put

NOBODY = ""
"""The mark of an enterprise from which nobody has departed yet."""


def departed_key(enterprise: str) -> Item:
    return {"pk": {"S": f"{enterprise}#departed"}, "sk": {"S": "last"}}


def departure(records_table: str, enterprise: str) -> Any:
    """To be written in the transaction by which a customer departs."""
    return put(records_table, {**departed_key(enterprise), "mark": {"S": uuid.uuid4().hex}})


def shut_off(records_table: str, enterprise: str, before: Profile | None, after: Profile) -> Iterator[Any]:
    """The same where this is what happens to a customer; nothing where they are shut off already, or new."""
    if before and after.disabled and not before.disabled:
        yield departure(records_table, enterprise)


def mark_of(row: Item | None) -> str:
    return row["mark"]["S"] if row else NOBODY
