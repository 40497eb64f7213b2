"""Whether a customer's ledger is as it was written: its entries, against the checksum that the customer's row has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact_identity import said_in
from customers.domain.facts.parts.checksums import NO_ENTRIES, entries_in, together
from customers.domain.identifiers.pseudonym import Secret
from customers.store.audit.lost_entries import ACCEPT
from customers.store.customers.part_rows import parts_in
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.records.absorbed_rows import ABSORBED
from customers.store.records.entry_hashes import OFFSET, checksums_of, is_entry
from customers.store.records.fact_rows import fact_id_of, fact_record_key
from customers.store.records.keys import PART, record_key
from customers.store.records.ledger_rows import LEDGER, ledger_entry_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SHOWN = 3
"""Entries whose facts are named."""


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """What the entries add up to, and what is wrong with them."""

    by_part: Mapping[str, bytes]
    """The checksums of the entries, by the part in whose ledger they are."""
    trouble: str = ""
    """What is wrong, in words; empty where the entries are those that were written."""

    @property
    def checksum(self) -> bytes:
        """Of all parts together."""
        return reduce(together, self.by_part.values(), NO_ENTRIES)


class LedgerChecks:
    """Strongly consistent reads of the Records table. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, records_table: str, secret: Secret) -> None:
        self._client = client
        self._records = records_table
        self._secret = secret

    def of(self, enterprise: str, customer_id: str, stored: Profile | None, held: Mapping[str, Item]) -> LedgerCheck:
        """`stored` is the customer's row, None where it is lost: then only rows of parts say what the ledger had.

        `held` are all records of the customer, by name. An erased customer has no rows of parts.
        """
        check = LedgerCheck(checksums_of(self._secret, enterprise, held.values()))
        parts = {} if stored and stored.erased else self._parts(enterprise, customer_id, held)
        of_parts = reduce(together, parts.values(), NO_ENTRIES)
        if stored is None and not parts:
            return check
        written = stored.checksum if stored else of_parts
        if written != check.checksum:
            return replace(check, trouble=self._difference(enterprise, written, check.checksum, held))
        # Rows of parts that do not add up to the whole are themselves wrong, and are mended.
        if parts and of_parts == written and dict(filter(itemgetter(1), parts.items())) != check.by_part:
            return replace(check, trouble=f"has entries that lie with another part than they did: {_RESTORE}")
        return check

    def _parts(self, enterprise: str, customer_id: str, held: Mapping[str, Item]) -> dict[str, bytes]:
        """The checksums in the rows of the parts that there are."""
        absorbed = [name.removeprefix(ABSORBED) for name in held if name.startswith(ABSORBED)]
        if not absorbed:
            return {}
        keys = [record_key(enterprise, each, PART) for each in (customer_id, *absorbed)]
        found = parts_in(reads.get_all(self._client, self._records, keys))
        return {each: part.sums.checksum for each, part in found.parts.items()} if found else {}

    def _difference(self, enterprise: str, written: bytes, found: bytes, held: Mapping[str, Item]) -> str:
        had, has = entries_in(written), entries_in(found)
        suspects = [*self._suspects(enterprise, [row for row in held.values() if is_entry(row)])]
        some = f" ({'; '.join(suspects[:_SHOWN])})" if suspects else ""
        if has < had:
            return f"lacks {had - has:,} of {had:,} entries{some}: {_RESTORE}"
        if has > had:
            return f"has {has - had:,} entries that were never written{some}: {_REMOVE}"
        return f"has an entry that was altered{some}: {_RESTORE}"

    def _suspects(self, enterprise: str, entries: Sequence[Item]) -> Iterator[str]:
        """The entries of facts that their records do not know, or know otherwise."""
        facts = {_fact_id(row): row for row in entries if "named" in row}
        keys = [fact_record_key(enterprise, each) for each in facts]
        records = {fact_id_of(row): row for row in reads.get_all(self._client, self._records, keys)}
        for fact_id, row in facts.items():
            if fact_id not in records:
                yield f"no record knows the fact {fact_id}"
            elif self._says_another(enterprise, row, records[fact_id]):
                yield f"the record of the fact {fact_id} knows another content"

    def _says_another(self, enterprise: str, row: Item, record: Mapping[str, Any]) -> bool:
        if "scrubbed" in row or OFFSET in row:
            return False
        try:
            entry = ledger_entry_of(row)
        except (KeyError, TypeError, ValueError):
            return True
        said = said_in(self._secret, enterprise, entry.type, entry.order, entry.payload, entry.included_in)
        return bool(record.get("said") != {"S": said})


_ACCEPT = f"or accept the ledger as it is: {ACCEPT}"
_RESTORE = f"restore it from a backup of the Records table, {_ACCEPT}"
_REMOVE = f"remove them, {_ACCEPT}"


def _fact_id(row: Mapping[str, Any]) -> str:
    return str(row["sk"]["S"].removeprefix(LEDGER).partition("#")[2])
