"""Rows of the Customers table that belong to nobody: a customer's second row, and copies at ids that are not theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from customers.domain.refusals import Conflict
from customers.store.customers.keys import is_copy
from customers.store.customers.pointers import home_key, pointer_key
from customers.store.customers.rows import customer_rows, profile_of
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 100
"""Rows that are looked at together."""


@dataclass(frozen=True, slots=True)
class Stray:
    """A row that belongs to nobody, and the customer whom it names."""

    row: Item = field(repr=False)
    customer_id: str

    @property
    def what(self) -> str:
        """What it is, without its key, which has a phone or a provider id."""
        return "a copy at an id that is not theirs" if is_copy(self.row["pk"]["S"]) else "a second row"


class Strays:
    """Strongly consistent reads. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records_table

    def find(self, enterprise: str) -> Iterator[Stray]:
        """Reads the whole table, page by page: for an operator's commands only.

        A row is looked at again before it is called a stray: a customer may have moved meanwhile.
        """
        rows = reads.scan_ahead(
            self._client,
            TableName=self._customers,
            FilterExpression="begins_with(pk, :enterprise) AND attribute_exists(customer_id)",
            ExpressionAttributeValues={":enterprise": {"S": f"{enterprise}#"}},
        )
        while window := list(islice(rows, AT_ONCE)):
            for seen in self._strays(enterprise, window):
                again = reads.get_all(self._client, self._customers, [{"pk": seen["pk"]}])
                for row in self._strays(enterprise, [each for each in again if "customer_id" in each]):
                    yield Stray(row, row["customer_id"]["S"])

    def remove(self, stray: Stray) -> None:
        """Raises `Conflict` where it has been written since."""
        values = {f":{name}": stray.row[name] for name in ("customer_id", "version")}
        condition = "customer_id = :customer_id AND version = :version"
        try:
            transactions.write_one(self._client, delete(self._customers, {"pk": stray.row["pk"]}, condition, values))
        except transactions.ConditionFailed as failed:
            raise Conflict from failed

    def _strays(self, enterprise: str, rows: Sequence[Item]) -> Iterator[Item]:
        """The rows to which nothing leads. A customer whose own row is lost has it mended first."""
        keys = {row["customer_id"]["S"]: pointer_key(enterprise, row["customer_id"]["S"]) for row in rows}
        found = reads.get_all(self._client, self._records, list(keys.values()))
        pointers = {row["pk"]["S"].partition("#")[2]: row for row in found}
        homes = {each: home_key(enterprise, each, pointer) for each, pointer in pointers.items()}
        elsewhere = [row for row in rows if homes.get(row["customer_id"]["S"]) != {"pk": row["pk"]}]
        wanted = {key["pk"]["S"]: key for row in elsewhere if (key := homes.get(row["customer_id"]["S"]))}
        own = {row["pk"]["S"]: row for row in reads.get_all(self._client, self._customers, list(wanted.values()))}
        for row in elsewhere:
            home = homes.get(row["customer_id"]["S"])
            if home is None:
                yield row
            elif (mine := own.get(home["pk"]["S"])) and mine.get("customer_id") == row["customer_id"]:
                copies = customer_rows(enterprise, profile_of(mine))
                if row["pk"] not in [each["pk"] for each in copies]:
                    yield row
