"""Repairs of the Derived table that its reconciler cannot make: it only adds what has changed since the last note."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from customers.domain.refusals import Conflict
from customers.domain.stats.contributions import Contributions
from customers.retries import retry_on_conflict
from customers.store.customers.pointers import pointer_key
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put, require
from customers.store.stats.contributions import add_to_sums
from customers.store.stats.derived_rows import note_key, note_of, term_key, term_of, term_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 80
"""Rows that are looked at together, and sums in a transaction."""
ATTEMPTS = 10


class DerivedRepair:
    """Reads the whole table, page by page: for an operator's commands only. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, derived: str, records_table: str) -> None:
        self._client = client
        self._derived = derived
        self._records = records_table

    def of_nobody(self, enterprise: str) -> Iterator[str]:
        """The ids under which there are notes that say something, and no customers."""
        for notes in _windows(self._rows(enterprise, "customers")):
            noted = [row["sk"]["S"] for row in notes if "counts" in row or "terms" in row]
            found = reads.get_all(self._client, self._records, [pointer_key(enterprise, each) for each in noted])
            known = {row["pk"]["S"].partition("#")[2] for row in found}
            yield from (each for each in noted if each not in known)

    def terms(self, enterprise: str) -> int:
        """Adds the search terms that notes have and the index has not, and removes all others. How many there were.

        A customer who is written meanwhile is left alone.
        """
        return sum(self._write(each) for each in (*self._missing(enterprise), *self._strays(enterprise)))

    def sums(self, enterprise: str, lacking: Contributions) -> None:
        """Adds what the sums lack. Others may add to them meanwhile. Raises `Conflict`."""
        for places in _windows(iter(lacking.items())):
            writes = add_to_sums(self._derived, enterprise, dict(places), shard=0)
            retry_on_conflict(partial(transactions.commit, self._client, writes), ATTEMPTS)

    def _missing(self, enterprise: str) -> Iterator[list[Any]]:
        for row in self._rows(enterprise, "customers"):
            note, customer_id = note_of(row), row["sk"]["S"]
            expected = [term_row(enterprise, term, customer_id, note.phone) for term in note.terms if note.phone]
            keys = [term_key(enterprise, term, customer_id) for term in note.terms]
            found = {_place(each): each for each in reads.get_all(self._client, self._derived, keys)}
            for each in expected:
                if found.get(_place(each)) != each:
                    yield [put(self._derived, each), self._as_read(enterprise, customer_id, row)]

    def _strays(self, enterprise: str) -> Iterator[list[Any]]:
        """Terms that no note has. A note with another phone has had its terms written by `_missing`."""
        kinds = [f"{disabled}{kind}" for kind in ("word", "last4", "phone") for disabled in ("", "disabled_")]
        for rows in _windows(self._rows(enterprise, *kinds)):
            keys = {row["customer_id"]["S"]: note_key(enterprise, row["customer_id"]["S"]) for row in rows}
            notes = {each["sk"]["S"]: each for each in reads.get_all(self._client, self._derived, list(keys.values()))}
            for row in rows:
                customer_id = row["customer_id"]["S"]
                note = notes.get(customer_id)
                if term_of(row) not in note_of(note).terms:
                    key = {"pk": row["pk"], "sk": row["sk"]}
                    yield [delete(self._derived, key), self._as_read(enterprise, customer_id, note)]

    def _as_read(self, enterprise: str, customer_id: str, note: Mapping[str, Any] | None) -> Any:
        key = note_key(enterprise, customer_id)
        if note is None:
            return require(self._derived, key, "attribute_not_exists(pk)")
        return require(self._derived, key, "revision = :revision", {":revision": note["revision"]})

    def _write(self, writes: list[Any]) -> bool:
        try:
            transactions.commit(self._client, writes)
        except Conflict:
            return False
        return True

    def _rows(self, enterprise: str, *kinds: str) -> Iterator[Item]:
        rows = reads.scan_all(
            self._client,
            TableName=self._derived,
            FilterExpression="begins_with(pk, :enterprise)",
            ExpressionAttributeValues={":enterprise": {"S": f"{enterprise}#"}},
        )
        return (row for row in rows if row["pk"]["S"].split("#")[1] in kinds)


def _windows(rows: Iterator[Any]) -> Iterator[Sequence[Any]]:
    while window := list(islice(rows, AT_ONCE)):
        yield window


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["pk"]["S"], row["sk"]["S"]
