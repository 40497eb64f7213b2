"""Writes that repair a customer's records: replace them, or remove them together with their part in the sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.stats.contributions import Contributions, differences, together, transaction_contributions
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put
from customers.store.records.transaction_rows import TRANSACTIONS, put_transaction
from customers.store.stats.contributions import add_to_sums
from customers.store.stats.derived_rows import counted_of

AT_ONCE = 70
"""Items of one transaction, beside the row and its copies; DynamoDB takes a hundred."""


def mending_writes(
    records: str,
    derived: str,
    enterprise: str,
    wrong: Mapping[str, Item | None],
    held: Mapping[str, Item],
) -> list[Any]:
    """Writes for as many of the `wrong` records as fit. They are by name (`name_of`), as they must be, or None; `held`
    are all records as they were read.
    """
    writes: list[Any] = []
    gone: Contributions = {}
    for sk, row in wrong.items():
        if row is not None:
            writes.append(_put(records, row, held.get(sk)))
        else:
            writes.append(_remove(records, held[sk]))
            gone = together([gone, _counted(sk, held[sk])])
        # A removed transaction is in two sums at most.
        if len(writes) + len(gone) > AT_ONCE - 3:
            break
    return [*writes, *add_to_sums(derived, enterprise, differences(gone, {}), shard=0)]


def _put(records: str, row: Item, held: Item | None) -> Any:
    """Writes a record. The stats may have counted a transaction since the read, unless it was lost."""
    is_counted = held and row["sk"]["S"].startswith(TRANSACTIONS)
    return put_transaction(records, row) if is_counted else put(records, row)


def _remove(records: str, held: Item) -> Any:
    """Removes a record, unless the stats have counted it since the read."""
    key = {"pk": held["pk"], "sk": held["sk"]}
    if "counted" in held:
        return delete(records, key, "counted = :counted", {":counted": held["counted"]})
    return delete(records, key, "attribute_not_exists(counted)")


def _counted(sk: str, held: Item) -> Contributions:
    """What the sums hold of a record: nothing, unless it is a purchase or a refund."""
    if not sk.startswith(TRANSACTIONS) or "counted" not in held:
        return {}
    return transaction_contributions(sk.partition("#")[0], counted_of(held["counted"]["S"]))
