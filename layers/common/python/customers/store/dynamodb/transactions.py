"""Every write to DynamoDB: the writes that transactions are made of, and the one way to commit them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from customers.domain.refusals import Conflict, OutcomeUnknown, Unavailable
from customers.store.dynamodb.items import Item
from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 100
"""The most items that DynamoDB takes in one transaction."""
_CONDITION = "ConditionalCheckFailed"
_OVERTAKEN = {"None", _CONDITION, "TransactionConflict"}
"""Why DynamoDB cancels a transaction that another writer has overtaken."""
_THROTTLED = {"ThrottlingError", "ProvisionedThroughputExceeded"}

Names = dict[str, str]
"""For attributes whose names are reserved words of DynamoDB."""


class ConditionFailed(Conflict):
    """The condition of one or more writes did not hold. `positions` are theirs in the transaction."""

    def __init__(self, positions: Sequence[int] = (0,)) -> None:
        super().__init__()
        self.positions = tuple(positions)


def put(
    table: str, item: Item, condition: str | None = None, values: Item | None = None, names: Names | None = None
) -> Any:
    """Writes an item, perhaps on a condition."""
    return {"Put": {"TableName": table, "Item": item, **_condition(condition, values, names)}}


def delete(
    table: str, key: Item, condition: str | None = None, values: Item | None = None, names: Names | None = None
) -> Any:
    """Removes an item. A condition on an attribute does not hold where there is no item."""
    return {"Delete": {"TableName": table, "Key": key, **_condition(condition, values, names)}}


def update(
    table: str,
    key: Item,
    expression: str,
    condition: str | None = None,
    values: Item | None = None,
    names: Names | None = None,
) -> Any:
    """Changes attributes of an item; creates it where there is none and the condition allows that."""
    changed = {"TableName": table, "Key": key, "UpdateExpression": expression}
    return {"Update": {**changed, **_condition(condition, values, names)}}


def require(table: str, key: Item, condition: str, values: Item | None = None, names: Names | None = None) -> Any:
    """Writes nothing: the whole transaction fails unless the condition holds of this item."""
    return {"ConditionCheck": {"TableName": table, "Key": key, **_condition(condition, values, names)}}


def _condition(condition: str | None, values: Item | None, names: Names | None) -> dict[str, Any]:
    given = {
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ExpressionAttributeNames": names,
    }
    return {name: value for name, value in given.items() if value}


def one_per_item(writes: list[Any]) -> list[Any]:
    """A transaction may touch an item once: where one customer's copy goes and another's takes its place, the put.

    Raises `Conflict` where an item is written twice all the same. Then the reads are of different instants: in between,
    what was one customer's has become another's.
    """
    written = {_target(write["Put"]) for write in writes if "Put" in write}
    kept = [write for write in writes if "Delete" not in write or _target(write["Delete"]) not in written]
    if len({_target(request) for write in kept for request in write.values()}) < len(kept):
        raise Conflict
    return kept


def _target(request: Any) -> tuple[str, str, str]:
    key = request.get("Item") or request["Key"]
    return request["TableName"], key["pk"]["S"], key.get("sk", {}).get("S", "")


def commit(client: DynamoDBClient, writes: list[Any]) -> None:
    """All of it, or nothing.

    Raises `ConditionFailed` where a condition does not hold, `Conflict` where another writes the same items now,
    `Unavailable` where DynamoDB throttles, and `OutcomeUnknown` where it does not say what came of it.
    """
    try:
        with named_faults(OutcomeUnknown):
            client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as error:
        reasons = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
        if failed := [position for position, reason in enumerate(reasons) if reason == _CONDITION]:
            raise ConditionFailed(failed) from error
        if _OVERTAKEN.issuperset(reasons):
            raise Conflict from error
        if (_OVERTAKEN | _THROTTLED).issuperset(reasons):
            raise Unavailable from error
        raise
    except (
        client.exceptions.TransactionConflictException,
        # The client's own retry: its first request is not over yet.
        client.exceptions.TransactionInProgressException,
    ) as error:
        raise Conflict from error


def write_one(client: DynamoDBClient, write: Any) -> None:
    """One write by itself, at half the price of a transaction. Raises what `commit` raises."""
    ((kind, request),) = write.items()
    sends: Any = {"Put": client.put_item, "Delete": client.delete_item, "Update": client.update_item}
    try:
        with named_faults(OutcomeUnknown):
            sends[kind](**request)
    except client.exceptions.ConditionalCheckFailedException as error:
        raise ConditionFailed from error


def commit_once(client: DynamoDBClient, writes: list[Any]) -> None:
    """The same, and nothing where the first row is there already. Raises `ConditionFailed` of another."""
    try:
        if len(writes) == 1:
            write_one(client, writes[0])
        else:
            commit(client, writes)
    except ConditionFailed as failed:
        if failed.positions[0] != 0:
            raise
