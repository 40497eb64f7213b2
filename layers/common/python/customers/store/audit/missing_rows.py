"""Rows outside a customer's own partition: records of facts, rows at absorbed phones, and rows of parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from customers.domain.facts.fact import Corrected
from customers.domain.facts.parts.parts import Parts
from customers.domain.identity.merge import Absorbed
from customers.domain.refusals import ValidationError
from customers.store.customers.keys import customer_key
from customers.store.customers.part_rows import part_row
from customers.store.customers.pointers import lead_row
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put
from customers.store.records.absorbed_rows import ABSORBED, absorbed_of
from customers.store.records.fact_rows import fact_record_key, restored_fact_row
from customers.store.records.keys import PART, record_key
from customers.store.records.ledger_rows import entries_of_facts, is_folded, ledger_entry_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SHOWN = 3
"""Lost records of facts whose ids are shown."""


@dataclass(frozen=True, slots=True)
class MissingRows:
    """What is missing, without the values, and the writes that put it back."""

    names: tuple[str, ...] = ()
    writes: tuple[Any, ...] = ()

    def and_(self, others: MissingRows) -> MissingRows:
        """Both."""
        return MissingRows((*self.names, *others.names), (*self.writes, *others.writes))


NOTHING_MISSING = MissingRows()


class MissingRowsFinder:
    """Strongly consistent reads of the Customers and Records tables. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records_table

    def find(self, enterprise: str, customer_id: str, held: Mapping[str, Item]) -> MissingRows:
        """`held` are all records of a customer. Raises `ValidationError` where a person must decide."""
        facts = entries_of_facts(held.values())
        keys = [fact_record_key(enterprise, fact_id) for fact_id in facts]
        known = {row["pk"]["S"] for row in reads.get_all(self._client, self._records, keys)}
        lost = [fact_id for fact_id in facts if fact_record_key(enterprise, fact_id)["pk"]["S"] not in known]
        leads = list(self._leads(enterprise, customer_id, held))
        more = (f"and {len(lost) - _SHOWN} more",) if len(lost) > _SHOWN else ()
        return MissingRows(
            (*(f"the record of fact {each}" for each in lost[:_SHOWN]), *more, *(name for name, _ in leads)),
            (
                *(
                    put(self._records, restored_fact_row(enterprise, each, customer_id, facts[each]), _IS_NEW)
                    for each in lost
                ),
                *(put(self._customers, row, _IS_NEW) for _, row in leads),
            ),
        )

    def parts(self, enterprise: str, parts: Parts | None) -> MissingRows:
        """The rows of the parts that are lost or are not as the ledger has them."""
        expected = {each: part_row(enterprise, each, part) for each, part in parts.parts.items()} if parts else {}
        keys = [record_key(enterprise, each, PART) for each in expected]
        found = {row["pk"]["S"]: row for row in reads.get_all(self._client, self._records, keys)}
        wrong = {each: row for each, row in expected.items() if found.get(row["pk"]["S"]) != row}
        return MissingRows(
            tuple(f"what was stated about the part {each}" for each in wrong),
            tuple(put(self._records, row) for row in wrong.values()),
        )

    def _leads(self, enterprise: str, customer_id: str, held: Mapping[str, Item]) -> Iterator[tuple[str, Item]]:
        """The rows that are not there any more, by which phones of absorbed customers lead to this one."""
        rows = [row for sk, row in held.items() if sk.startswith(ABSORBED) and "phone" in row]
        expected = [each for each in map(absorbed_of, rows) if not (each.phone_taken or _was_taken(each, held))]
        keys = [customer_key(enterprise, each.phone) for each in expected]
        found = {row["pk"]["S"]: row for row in reads.get_all(self._client, self._customers, keys)}
        for absorbed, key in zip(expected, keys, strict=True):
            row = found.get(key["pk"]["S"])
            if row is None:
                yield f"the row at the phone of {absorbed.customer_id}", lead_row(enterprise, absorbed, customer_id)
            elif "leads_to" not in row and row["customer_id"] != {"S": customer_id}:
                other = row["customer_id"]["S"]
                raise ValidationError("absorbed", f"{other} has the phone of {absorbed.customer_id}: merge the two")


_IS_NEW = "attribute_not_exists(pk)"


def _was_taken(absorbed: Absorbed, held: Mapping[str, Item]) -> bool:
    """Whether a correction took the phone from the absorbed customer since the merge."""
    corrections = (ledger_entry_of(row) for row in held.values() if is_folded(row) and _is_correction(row))
    return any(
        isinstance(each.payload, Corrected)
        and each.payload.phone == absorbed.phone
        and each.order.occurred_at > absorbed.merged_at
        for each in corrections
    )


def _is_correction(row: Mapping[str, Any]) -> bool:
    return bool(row["type"]["S"] == "customer.corrected")
