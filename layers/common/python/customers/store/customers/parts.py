"""The parts of a merged customer, with the merges that made one customer of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from customers.domain.facts.account import Account
from customers.domain.facts.parts.parts import Merging, Parts
from customers.domain.refusals import Conflict
from customers.store.customers.part_rows import parts_in
from customers.store.customers.pointers import merges_of
from customers.store.dynamodb import reads
from customers.store.records.absorbed_rows import absorbed_ids
from customers.store.records.keys import PART, record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def with_parts(client: DynamoDBClient, records_table: str, enterprise: str, account: Account) -> Account:
    """The account with its parts. A customer who was never merged has none, and nothing is read.

    The customer's row was read before. Strongly consistent: one request, and two for each hundred parts. Raises
    `Conflict` where the customer has changed since, and `Unavailable`.
    """
    customer_id, absorbed = account.profile.customer_id, account.profile.absorbed
    if not absorbed or account.profile.erased:
        return account
    ids = [customer_id, *absorbed_ids(client, records_table, enterprise, customer_id)]
    merges = merges_of(client, records_table, enterprise, ids).merges
    rows = reads.get_all(client, records_table, [record_key(enterprise, each, PART) for each in ids])
    parts = known.parts if (known := parts_in(rows)) else {}
    if not (len(parts) == len(ids) == absorbed + 1 == len(merges) + 1):
        raise Conflict
    stated = (Merging(_instant(each.at), each.customer_id, absorbed_id) for absorbed_id, each in merges.items())
    return replace(account, parts=Parts(parts, sorted(stated, key=lambda each: (each.at, each.absorbed_id))))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
