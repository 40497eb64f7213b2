"""What it takes to settle customers: what has been noted of each, what holds now, and where badges begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customers.domain.enterprise import Thresholds
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.customers.batch_reader import Current, by_change, pointer_key
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.registry import settings_key, thresholds_in
from customers.store.stats.derived_rows import note_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Reading:
    """Whoever has no note or no row is left out; every enterprise has its thresholds."""

    notes: Mapping[CustomerRef, Item]
    rows: Mapping[CustomerRef, Item]
    thresholds: Mapping[str, Thresholds]


class Readings:
    """Of several tables together: up to some fifty customers cost two requests, a hundred cost four."""

    def __init__(
        self, client: DynamoDBClient, derived: str, customers: str, records_table: str, enterprises: str
    ) -> None:
        self._client = client
        self._derived = derived
        self._records = records_table
        self._enterprises = enterprises
        self._current = Current(client, customers, records_table)

    def of(self, customers: Sequence[CustomerRef]) -> Reading:
        """The note is read before the row: if another settles meanwhile, this note is outdated and nothing is written.

        Raises `Unavailable`.
        """
        notes = {change: note_key(change.enterprise, change.customer_id) for change in customers}
        pointers = {change: pointer_key(change) for change in customers}
        enterprises = list(dict.fromkeys(change.enterprise for change in customers))
        found = dynamo.get_from(
            self._client,
            {
                self._derived: [*notes.values()],
                self._records: [*pointers.values()],
                self._enterprises: [*map(settings_key, enterprises)],
            },
        )
        rows = self._current.pointed_to(by_change(pointers, found[self._records]))
        # A pointer that was read before the note, and has moved, leads to nobody: who seems to be gone is read again.
        rows |= self._current.customers([change for change in customers if change not in rows])
        told = {row["pk"]["S"]: thresholds_in(row) for row in found[self._enterprises]}
        return Reading(
            by_change(notes, found[self._derived]),
            rows,
            {enterprise: told.get(enterprise, Thresholds()) for enterprise in enterprises},
        )
