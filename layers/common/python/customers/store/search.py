"""The search index in the Derived table, read in pages together with the customers' rows: two requests a page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Unavailable
from customers.domain.search.criteria import Candidate, Reading
from customers.store.customers.keys import customer_key
from customers.store.customers.rows import profile_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.stats.derived_rows import term_of, terms_beginning

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class SearchIndex:
    """Customers by the beginning of a search term. The index lags behind the rows by a moment."""

    def __init__(self, client: DynamoDBClient, derived: str, customers: str) -> None:
        self._client = client
        self._derived = derived
        self._customers = customers

    @classmethod
    def connect(cls) -> SearchIndex:
        """The tables named by `DERIVED_TABLE` and `CUSTOMERS_TABLE`."""
        return cls(connect(), os.environ["DERIVED_TABLE"], os.environ["CUSTOMERS_TABLE"])

    def read(self, enterprise: str, source: str, after: str | None, count: int) -> Reading:
        """Up to `count` (at most 100) candidates whose term begins with `source`, after `after`, as their rows are now.

        Sorted by term, then by customer id. Raises `Unavailable`.
        """
        page = self._terms(enterprise, source, after, count)
        terms, more = page["Items"], "LastEvaluatedKey" in page
        if not terms:
            return Reading([], more=False)
        keys = {row["phone"]["S"]: customer_key(enterprise, Phone(row["phone"]["S"])) for row in terms}
        found, left_out = reads.get_some(self._client, self._customers, list(keys.values()))
        rows = {row["pk"]["S"]: row for row in found}
        candidates = list(_candidates(terms, keys, rows, {key["pk"]["S"] for key in left_out}))
        if not candidates:
            raise Unavailable
        return Reading(candidates, more or len(candidates) < len(terms))

    def _terms(self, enterprise: str, source: str, after: str | None, count: int) -> Any:
        partition, beginning = terms_beginning(enterprise, source)
        start = {"ExclusiveStartKey": {"pk": {"S": partition}, "sk": {"S": after}}} if after is not None else {}
        return reads.query_page(
            self._client, TableName=self._derived, **reads.key_is("pk", partition, beginning), Limit=count, **start
        )


def _candidates(
    terms: Sequence[Mapping[str, Any]], keys: Mapping[str, Item], rows: Mapping[str, Item], left_out: set[str]
) -> Iterator[Candidate]:
    """Up to the first candidate whose row was left unread: the next page begins with that one."""
    for term in terms:
        key = keys[term["phone"]["S"]]["pk"]["S"]
        if key in left_out:
            return
        row = rows.get(key)
        # Another customer may have the phone by now.
        is_same = row is not None and row.get("customer_id") == term["customer_id"]
        yield Candidate(term_of(term), term["sk"]["S"], profile_of(row) if row and is_same else None)
