"""The inputs of a reconciliation: each customer's note and present row, and the enterprise's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customers.domain.identifiers.phone import Phone
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.customers.batch_reader import BatchReader, by_change, pointer_key_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.registry_rows import settings_key
from customers.store.stats.changes import counting_rules_in
from customers.store.stats.derived_rows import note_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Inputs:
    """A customer without a note or a row is left out. Every enterprise has rules.

    `absorbed` has the phones of customers without a row because a merge has absorbed them.
    """

    notes: Mapping[CustomerRef, Item]
    rows: Mapping[CustomerRef, Item]
    rules: Mapping[str, CountingRules]
    absorbed: Mapping[CustomerRef, Phone]


class ReconcilerInputs:
    """Reads several tables together: up to fifty customers cost two requests, a hundred cost four.

    Those without a row cost up to four more, together.
    """

    def __init__(
        self, client: DynamoDBClient, derived: str, customers: str, records_table: str, enterprises: str
    ) -> None:
        self._client = client
        self._derived = derived
        self._records = records_table
        self._enterprises = enterprises
        self._reader = BatchReader(client, customers, records_table)

    def of(self, customers: Sequence[CustomerRef], others: Sequence[CustomerRef] = ()) -> Inputs:
        """The inputs for customers, and also the rules of the enterprises of `others`.

        The note is read before the row: if another run comes between, this note is outdated and nothing is written.

        Raises `Unavailable`.
        """
        notes = {change: note_key(change.enterprise, change.customer_id) for change in customers}
        pointers = {change: pointer_key_of(change) for change in customers}
        enterprises = list(dict.fromkeys(change.enterprise for change in [*customers, *others]))
        found = reads.get_from(
            self._client,
            {
                self._derived: [*notes.values()],
                self._records: [*pointers.values()],
                self._enterprises: [*map(settings_key, enterprises)],
            },
        )
        rows = self._reader.pointed_to(by_change(pointers, found[self._records]))
        # A pointer that was read before the note may have moved: a customer who seems to be gone is read again.
        rows |= self._reader.customers([change for change in customers if change not in rows])
        rules = {row["pk"]["S"]: counting_rules_in(row) for row in found[self._enterprises]}
        return Inputs(
            by_change(notes, found[self._derived]),
            rows,
            {enterprise: rules.get(enterprise, CountingRules()) for enterprise in enterprises},
            self._reader.absorbed_phones([change for change in customers if change not in rows]),
        )
