"""The Derived table: what is computed from the others, and of each customer what has been computed.

Every key begins with the enterprise. Each sum is spread over `SHARDS` rows, of which a transaction adds to one; who
reads a sum adds up its rows.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from customers.domain.tally import Counted, Counts, Day
from customers.store.rows import Item, canonical_json

SHARDS = 16
_BUCKET = re.compile(r"usr_([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Note:
    """What the sums and the index hold of a customer. An empty one stays behind of who is gone.

    `revision` rises with every write and never starts anew, so what was computed from an older note is never written.
    """

    revision: int = 0
    counts: Counts = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    phone: str | None = None

    def holds(self, other: Note) -> bool:
        """Whether both say the same."""
        return (self.counts, self.terms, self.phone) == (other.counts, other.terms, other.phone)


def note_key(enterprise: str, customer_id: str) -> Item:
    """Customers are spread over 256 partitions, from which all of an enterprise's can be listed."""
    given = _BUCKET.match(customer_id)
    bucket = given[1] if given else f"{zlib.crc32(customer_id.encode()) & 0xFF:02x}"
    return _key(f"{enterprise}#customers#{bucket}", customer_id)


def note_row(enterprise: str, customer_id: str, note: Note) -> Item:
    row = {**note_key(enterprise, customer_id), "revision": {"N": str(note.revision)}}
    if note.counts:
        row["counts"] = {"M": {name: {"N": str(value)} for name, value in note.counts.items()}}
    if note.terms:
        row["terms"] = {"L": [{"S": term} for term in note.terms]}
    if note.phone:
        row["phone"] = {"S": note.phone}
    return row


def note_of(row: Mapping[str, Any] | None) -> Note:
    """The inverse of `note_row`; of no row the note that says nothing."""
    if row is None:
        return Note()
    return Note(
        revision=int(row["revision"]["N"]),
        counts={name: int(value["N"]) for name, value in row["counts"]["M"].items()} if "counts" in row else {},
        terms=tuple(each["S"] for each in row["terms"]["L"]) if "terms" in row else (),
        phone=row["phone"]["S"] if "phone" in row else None,
    )


def term_key(enterprise: str, term: str, customer_id: str) -> Item:
    """Words are found by their beginning, among those of one first letter; phones by theirs; last digits whole."""
    kind, _, value = term.partition("#")
    match kind:
        case "word":
            return _key(f"{enterprise}#word#{value[0]}", f"{value}#{customer_id}")
        case "phone":
            return _key(f"{enterprise}#phone", f"{value}#{customer_id}")
        case _:
            return _key(f"{enterprise}#{term}", customer_id)


def term_row(enterprise: str, term: str, customer_id: str, phone: str) -> Item:
    """With what finds the customer's row."""
    return {**term_key(enterprise, term, customer_id), "customer_id": {"S": customer_id}, "phone": {"S": phone}}


def sum_key(enterprise: str, day: Day | None, shard: int) -> Item:
    """Where a share is added: to the sums of a day, or to the totals."""
    if day is None:
        return _key(f"{enterprise}#totals", f"{shard:02}")
    of = f"#{day.branch_id}" if day.branch_id else ""
    return _key(f"{enterprise}#days{of}", f"{day.date}#{shard:02}")


def counted_text(counted: Counted) -> str:
    """What stands in a transaction's row: one text for what is the same."""
    told = {"amount": counted.amount_minor, "day": counted.date}
    return canonical_json({**told, "branch_id": counted.branch_id} if counted.branch_id else told)


def counted_of(text: str | None) -> Counted | None:
    """The inverse of `counted_text`; None where the figures hold nothing yet."""
    if text is None:
        return None
    told = json.loads(text)
    return Counted(told["amount"], told["day"], told.get("branch_id"))


def _key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
