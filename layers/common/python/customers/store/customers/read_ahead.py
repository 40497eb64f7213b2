"""What the facts of a batch read first, for many customers together instead of one by one.

Rows are read before the records that the facts concern, as they are for one customer. Only the first attempt to apply
the facts of a customer uses them: a later attempt reads everything again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import CustomerFact
from customers.domain.identifiers.phone import Phone
from customers.store.customers.keys import customer_key
from customers.store.customers.rows import profile_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.records.concerned import concerned_keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Facts = Sequence[CustomerFact]
"""Facts that name one customer in one way."""


Name = tuple[str, str]
"""Partition and sort key of a record."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The row at a phone, None where there is none, and the records of its customer that the facts concern.

    Of the records None where there is no such record. They were read after the row. Where there is no row, `former`
    says who had the phone before, None if nobody.
    """

    row: Item | None = field(repr=False)
    profile: Profile | None = None
    records: Mapping[Name, Item | None] = field(default_factory=dict, repr=False)
    former: Item | None = field(default=None, repr=False)

    def records_of(self, profile: Profile, keys: Sequence[Item]) -> list[Item] | None:
        """The records that there are at these keys. None if they have to be read: others, or of another customer."""
        wanted = [*map(_name, keys)]
        if profile is not self.profile or not self.records.keys() >= {*wanted}:
            return None
        return [row for name in wanted if (row := self.records[name])]


def read_ahead(
    client: DynamoDBClient,
    customers: str,
    records_table: str,
    batch: Sequence[Facts],
    former_key: Callable[[str, Phone], Item],
) -> dict[tuple[str, Phone], Ahead]:
    """What is read first for each phone of a batch, in two requests for up to a hundred rows and records each.

    Nothing is read for facts that name their customer in another way. `former_key` is the key of the record that says
    who had a phone before. Raises `Unavailable`.
    """
    by_phone = {(facts[0].enterprise, about): facts for facts in batch if isinstance(about := facts[0].about, Phone)}
    if len(by_phone) < 2:
        return {}
    named = {name: customer_key(*name) for name in by_phone}
    found = {row["pk"]["S"]: row for row in reads.get_all(client, customers, [*named.values()])}
    rows = {name: found.get(key["pk"]["S"]) for name, key in named.items()}
    profiles = {name: profile for name, row in rows.items() if (profile := _own(row))}
    keys = {name: concerned_keys(by_phone[name], profile) for name, profile in profiles.items()}
    keys |= {name: [former_key(*name)] for name, row in rows.items() if row is None}
    read = {
        _name(row): row for row in reads.get_all(client, records_table, [key for each in keys.values() for key in each])
    }
    return {
        name: Ahead(row, profiles.get(name), {_name(key): read.get(_name(key)) for key in keys.get(name, ())})
        if row
        else Ahead(None, former=read.get(_name(keys[name][0])))
        for name, row in rows.items()
    }


def _own(row: Item | None) -> Profile | None:
    """The customer whose row it is. None for a row that leads to another one, or cannot be read: its facts say so."""
    if row is None or "leads_to" in row:
        return None
    try:
        return profile_of(row)
    except Exception:  # noqa: BLE001 - read again by the facts of this customer alone, which it then fails
        return None


def _name(row: Item) -> Name:
    return row["pk"]["S"], row["sk"]["S"]
