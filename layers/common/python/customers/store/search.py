"""The index of the Derived table, read in pages, with the rows of those whom it names: two requests each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Unavailable
from customers.domain.search.criteria import Candidate, Reading
from customers.store.customers.rows import Item, customer_key, profile_of
from customers.store.dynamodb import dynamo
from customers.store.stats.derived_rows import term_of, terms_beginning

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class SearchIndex:
    """Customers by a beginning of what they are found by. The index lags behind the rows by a moment."""

    def __init__(self, client: DynamoDBClient, derived: str, customers: str) -> None:
        self._client = client
        self._derived = derived
        self._customers = customers

    @classmethod
    def connect(cls) -> SearchIndex:
        """The tables named by `DERIVED_TABLE` and `CUSTOMERS_TABLE`."""
        return cls(dynamo.connect(), os.environ["DERIVED_TABLE"], os.environ["CUSTOMERS_TABLE"])

    def read(self, enterprise: str, source: str, after: str | None, count: int) -> Reading:
        """At most `count` (100) candidates whose term begins with `source`, behind `after`, as their rows are now.

        In the order of terms, then of customer ids. Raises `Unavailable`.
        """
        with dynamo.answering():
            page = self._client.query(**self._query(enterprise, source, after, count))
            named, more = page["Items"], "LastEvaluatedKey" in page
            if not named:
                return Reading([], more=False)
            keys = {row["phone"]["S"]: customer_key(enterprise, Phone(row["phone"]["S"])) for row in named}
            asked: Any = {self._customers: {"Keys": list(keys.values()), "ConsistentRead": True}}
            answer = self._client.batch_get_item(RequestItems=asked)
        rows = {row["pk"]["S"]: row for row in answer["Responses"].get(self._customers, [])}
        unread: Any = answer.get("UnprocessedKeys") or {self._customers: {"Keys": []}}
        left_out = {key["pk"]["S"] for key in unread[self._customers]["Keys"]}
        candidates = list(_candidates(named, keys, rows, left_out))
        if not candidates:
            raise Unavailable
        return Reading(candidates, more or len(candidates) < len(named))

    def _query(self, enterprise: str, source: str, after: str | None, count: int) -> dict[str, Any]:
        partition, beginning = terms_beginning(enterprise, source)
        condition, values = "pk = :pk", {":pk": {"S": partition}}
        if beginning:
            condition += " AND begins_with(sk, :beginning)"
            values[":beginning"] = {"S": beginning}
        asked: dict[str, Any] = {
            "TableName": self._derived,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "Limit": count,
        }
        if after is not None:
            asked["ExclusiveStartKey"] = {"pk": {"S": partition}, "sk": {"S": after}}
        return asked


def _candidates(
    named: Sequence[Mapping[str, Any]], keys: Mapping[str, Item], rows: Mapping[str, Item], left_out: set[str]
) -> Iterator[Candidate]:
    """Up to the first whose row the batch left unread: the next page begins with that one."""
    for term in named:
        key = keys[term["phone"]["S"]]["pk"]["S"]
        if key in left_out:
            return
        row = rows.get(key)
        # A phone may have passed to somebody else.
        is_theirs = row is not None and row.get("customer_id") == term["customer_id"]
        yield Candidate(term_of(term), term["sk"]["S"], profile_of(row) if row and is_theirs else None)
