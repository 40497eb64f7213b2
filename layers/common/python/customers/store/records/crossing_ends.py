"""Ends that name a part without such a grant, and the grants that they may mean. Strongly consistent reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from customers.domain.facts.account import Account
from customers.domain.facts.grants.grant import Grant, LooseEnd
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.records.grant_rows import GRANT, LOOSE_END, grant_of, loose_end_of
from customers.store.records.keys import record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def grants_and_ends(
    client: DynamoDBClient, records_table: str, enterprise: str, part_ids: Sequence[str], grant_ids: Collection[str]
) -> list[Item]:
    """The rows of all grants and loose ends with some ids, in the partitions of some parts.

    One request for each fifty pairs of a part and an id. Raises `Unavailable`.
    """
    keys = [
        record_key(enterprise, part_id, f"{kind}{each}")
        for part_id in part_ids
        for each in sorted(grant_ids)
        for kind in (GRANT, LOOSE_END)
    ]
    return reads.get_all(client, records_table, keys)


def loose_ends_of(
    client: DynamoDBClient, records_table: str, enterprise: str, part_ids: Sequence[str], customer_id: str | None = None
) -> Iterator[LooseEnd]:
    """The loose ends of some parts, of this customer: one request for each part. Raises `Unavailable`."""
    for part_id in part_ids:
        rows = reads.query_all(
            client,
            TableName=records_table,
            **reads.key_is("pk", f"{enterprise}#{part_id}", LOOSE_END),
            ConsistentRead=True,
        )
        yield from (loose_end_of(row, customer_id) for row in rows)


def grants_of(
    client: DynamoDBClient,
    records_table: str,
    enterprise: str,
    part_ids: Sequence[str],
    grant_ids: Collection[str],
    customer_id: str | None = None,
) -> list[Grant]:
    """The grants with some ids that these parts have: one request for each hundred pairs. Raises `Unavailable`."""
    keys = [
        record_key(enterprise, part_id, f"{GRANT}{each}") for part_id in part_ids for each in sorted(set(grant_ids))
    ]
    return [grant_of(row, customer_id) for row in reads.get_all(client, records_table, keys)]


def with_crossing(
    client: DynamoDBClient, records_table: str, enterprise: str, accounts: Sequence[Account]
) -> list[Account]:
    """Customers, read with their parts, who are or may become one: with all grants and ends of the ids that have loose
    ends. Nothing is read if there are none.

    One request for each part that has loose ends, and one for each hundred pairs of a part and an id. Raises
    `Unavailable`.
    """
    ends = [[*_ends_of(client, records_table, enterprise, each)] for each in accounts]
    ids = {end.grant_id for of_one in ends for end in of_one}
    return [
        replace(
            account,
            grants={each.key: each for each in _grants_of(client, records_table, enterprise, account, ids)},
            loose_ends={end.key: end for end in of_one},
        )
        for account, of_one in zip(accounts, ends, strict=True)
    ]


def _ends_of(client: DynamoDBClient, records_table: str, enterprise: str, account: Account) -> Iterator[LooseEnd]:
    customer_id = account.profile.customer_id
    sums = {each: part.sums.loose_ends for each, part in account.parts.parts.items()} if account.parts else {}
    having = [each for each, number in (sums or {customer_id: account.profile.loose_ends}).items() if number]
    return loose_ends_of(client, records_table, enterprise, having, customer_id)


def _grants_of(
    client: DynamoDBClient, records_table: str, enterprise: str, account: Account, ids: Collection[str]
) -> list[Grant]:
    customer_id = account.profile.customer_id
    part_ids = [*account.parts.parts] if account.parts else [customer_id]
    return grants_of(client, records_table, enterprise, part_ids, ids, customer_id)
