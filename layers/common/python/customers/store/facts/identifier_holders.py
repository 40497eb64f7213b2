"""Who has had a phone or a provider id before, in the table of records: neither of them is written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.identifier_holders import Former, Tenure
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import pseudonym
from customers.domain.instants import sortable_instant
from customers.store.customers.rows import Item, instant_of
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


Held = Phone | ProviderId
"""What one customer can have after another."""


class Formers:
    """One row for each thing that somebody has given up, in the Records table. `secret` makes its key."""

    def __init__(self, client: DynamoDBClient, records_table: str, secret: str) -> None:
        self._client = client
        self._records = records_table
        self._secret = secret

    def of(self, enterprise: str, held: Held) -> Former:
        """Strongly consistent, one request."""
        answer = self._client.get_item(TableName=self._records, Key=self._key(enterprise, held), ConsistentRead=True)
        return _former_of(answer["Item"]) if "Item" in answer else Former()

    def of_each(self, enterprise: str, held: Sequence[Held]) -> list[Former]:
        """The same for several, in their order, in one request for a hundred."""
        keys = [self._key(enterprise, each) for each in held]
        rows = {row["pk"]["S"]: row for row in dynamo.get_all(self._client, self._records, keys)}
        return [_former_of(rows[key["pk"]["S"]]) if key["pk"]["S"] in rows else Former() for key in keys]

    def put(self, enterprise: str, held: Held, before: Former, after: Former) -> Any:
        """To be written in the transaction by which it is given up, if nobody else has given it up meanwhile."""
        tenures = [
            {"M": {"until": {"S": sortable_instant(each.until)}, "customer_id": {"S": each.customer_id}}}
            for each in after.tenures
        ]
        row: Item = {
            **self._key(enterprise, held),
            "tenures": {"L": tenures},
            "revision": {"N": str(after.revision)},
        }
        return put(self._records, row, *_as_read(before))

    def require(self, enterprise: str, phone: Phone, before: Former) -> Any:
        """That it is as it was read, for who takes the phone."""
        condition, *values = _as_read(before)
        check = {"TableName": self._records, "Key": self._key(enterprise, phone), "ConditionExpression": condition}
        return {"ConditionCheck": {**check, **({"ExpressionAttributeValues": values[0]} if values else {})}}

    def _key(self, enterprise: str, held: Held) -> Item:
        # No phone begins so.
        said = held.e164 if isinstance(held, Phone) else f"provider#{held.value}"
        name = pseudonym(self._secret, enterprise, said)
        return {"pk": {"S": f"{enterprise}#former#{name}"}, "sk": {"S": "tenures"}}


def _as_read(before: Former) -> tuple[str] | tuple[str, Item]:
    if before.revision == 0:
        return ("attribute_not_exists(pk)",)
    return "revision = :revision", {":revision": {"N": str(before.revision)}}


def _former_of(row: Item) -> Former:
    tenures = []
    for each in row["tenures"]["L"]:
        until = instant_of(each["M"], "until")
        assert until  # noqa: S101 - a tenure has an end
        tenures.append(Tenure(until, each["M"]["customer_id"]["S"]))
    return Former(tuple(tenures), int(row["revision"]["N"]))
