"""What mends a customer's records: they are written anew, or taken away together with what the sums hold of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.stats.contributions import Figures, differences, figures, together
from customers.store.customers.rows import Item
from customers.store.dynamodb.transactions import put
from customers.store.records import TRANSACTIONS, put_transaction, record_key
from customers.store.stats.contributions import add_to_sums
from customers.store.stats.derived_rows import counted_of

AT_ONCE = 70
"""Items of one transaction, beside the row and its copies; DynamoDB takes a hundred."""


def mending_writes(
    records: str,
    derived: str,
    enterprise: str,
    customer_id: str,
    wrong: Mapping[str, Item | None],
    held: Mapping[str, Item],
) -> list[Any]:
    """As many of the `wrong` as fit, by sort key: as they must be, or None. `held` is what was read of all records."""
    writes: list[Any] = []
    gone: Figures = {}
    for sk, row in wrong.items():
        if row is not None:
            writes.append(put_transaction(records, row) if sk.startswith(TRANSACTIONS) else put(records, row))
        else:
            writes.append(_take_away(records, record_key(enterprise, customer_id, sk), held[sk]))
            gone = together([gone, _counted(sk, held[sk])])
        # A transaction that goes is in two sums at most.
        if len(writes) + len(gone) > AT_ONCE - 3:
            break
    return [*writes, *add_to_sums(derived, enterprise, differences(gone, {}), shard=0)]


def _take_away(records: str, key: Item, held: Item) -> Any:
    """Unless it has been counted meanwhile, or otherwise than was read."""
    delete: dict[str, Any] = {"TableName": records, "Key": key}
    if "counted" in held:
        delete |= {
            "ConditionExpression": "counted = :counted",
            "ExpressionAttributeValues": {":counted": held["counted"]},
        }
    else:
        delete["ConditionExpression"] = "attribute_not_exists(counted)"
    return {"Delete": delete}


def _counted(sk: str, held: Item) -> Figures:
    """What the sums hold of a record; nothing of one that is no purchase and no refund."""
    if not sk.startswith(TRANSACTIONS) or "counted" not in held:
        return {}
    return figures(sk.partition("#")[0], counted_of(held["counted"]["S"]))
