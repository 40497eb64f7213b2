"""The search index in the Derived table, read in pages together with the customers' rows.

A page takes two requests, and one more where it holds a phone that a merge has absorbed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Unavailable
from customers.domain.search.criteria import Candidate, Reading
from customers.store.customers.keys import customer_key, survivor_key
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
        rows, left_out = self._rows(keys.values())
        led, not_led = self._survivors(enterprise, rows)
        candidates = list(_candidates(terms, keys, rows, led, left_out | not_led))
        if not candidates:
            raise Unavailable
        return Reading(candidates, more or len(candidates) < len(terms))

    def _rows(self, keys: Iterable[Item]) -> tuple[dict[str, Item], set[str]]:
        """The rows by key, and the unread keys."""
        wanted = list({key["pk"]["S"]: key for key in keys}.values())
        found, left_out = reads.get_some(self._client, self._customers, wanted) if wanted else ([], [])
        return {row["pk"]["S"]: row for row in found}, {key["pk"]["S"] for key in left_out}

    def _survivors(self, enterprise: str, rows: Mapping[str, Item]) -> tuple[dict[str, Item], set[str]]:
        """The survivors' rows, by the key of the absorbed phone that leads there; and the unread keys.

        One more request where a page holds an absorbed phone, and another while a survivor is being absorbed.
        """
        led, not_led = dict[str, Item](), set[str]()
        leads = {pk: row["leads_to"]["S"] for pk, row in rows.items() if "leads_to" in row}
        while leads:
            keys = {pk: survivor_key(enterprise, survivor) for pk, survivor in leads.items()}
            found, left_out = self._rows(keys.values())
            reached = {pk: found[key["pk"]["S"]] for pk, key in keys.items() if key["pk"]["S"] in found}
            not_led |= {pk for pk, key in keys.items() if key["pk"]["S"] in left_out}
            led |= {pk: row for pk, row in reached.items() if "leads_to" not in row}
            leads = {pk: row["leads_to"]["S"] for pk, row in reached.items() if "leads_to" in row}
        return led, not_led

    def _terms(self, enterprise: str, source: str, after: str | None, count: int) -> Any:
        partition, beginning = terms_beginning(enterprise, source)
        start = {"ExclusiveStartKey": {"pk": {"S": partition}, "sk": {"S": after}}} if after is not None else {}
        return reads.query_page(
            self._client, TableName=self._derived, **reads.key_is("pk", partition, beginning), Limit=count, **start
        )


def _candidates(
    terms: Sequence[Mapping[str, Any]],
    keys: Mapping[str, Item],
    rows: Mapping[str, Item],
    led: Mapping[str, Item],
    left_out: set[str],
) -> Iterator[Candidate]:
    """Up to the first candidate whose row was left unread: the next page begins with that one."""
    for term in terms:
        key = keys[term["phone"]["S"]]["pk"]["S"]
        if key in left_out:
            return
        row, place = rows.get(key, {}), (term_of(term), term["sk"]["S"])
        # Another customer may have the phone by now.
        if row.get("customer_id") == term["customer_id"]:
            yield Candidate(*place, profile_of(row))
        elif row.get("absorbed") == term["customer_id"] and key in led:
            yield Candidate(*place, profile_of(led[key]), Phone(term["phone"]["S"]))
        else:
            yield Candidate(*place, None)
