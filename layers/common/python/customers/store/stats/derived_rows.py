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

from customers.domain.stats.contributions import TOTALS, Counted, Counts, Figures, Place
from customers.store.customers.rows import Item, canonical_json

SHARDS = 4
"""More let more transactions pass side by side, and make every reader of a sum read more rows."""
_BUCKET = re.compile(r"usr_([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Note:
    """What the sums and the index hold of a customer. An empty one stays behind of who is gone.

    `revision` rises with every write and never starts anew, so what was computed from an older note is never written.
    """

    revision: int = 0
    figures: Figures = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    phone: str | None = None

    def holds(self, other: Note) -> bool:
        """Whether both say the same."""
        return (self.figures, self.terms, self.phone) == (other.figures, other.terms, other.phone)


def note_key(enterprise: str, customer_id: str) -> Item:
    """Customers are spread over 256 partitions, from which all of an enterprise's can be listed."""
    given = _BUCKET.match(customer_id)
    bucket = given[1] if given else f"{zlib.crc32(customer_id.encode()) & 0xFF:02x}"
    return _key(notes_partition(enterprise, bucket), customer_id)


def notes_partition(enterprise: str, bucket: str) -> str:
    """Where the notes of a bucket (two hexadecimal digits) lie."""
    return f"{enterprise}#customers#{bucket}"


def note_row(enterprise: str, customer_id: str, note: Note) -> Item:
    row = {**note_key(enterprise, customer_id), "revision": {"N": str(note.revision)}}
    for place, counts in note.figures.items():
        counters = {"M": {name: {"N": str(value)} for name, value in counts.items()}}
        if place == TOTALS:
            row["counts"] = counters
        else:
            row.setdefault(place.kind, {"M": {}})["M"][place.date] = counters
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
        figures=_noted(row),
        terms=tuple(each["S"] for each in row["terms"]["L"]) if "terms" in row else (),
        phone=row["phone"]["S"] if "phone" in row else None,
    )


def _noted(row: Mapping[str, Any]) -> Figures:
    told = {TOTALS: row["counts"]} if "counts" in row else {}
    told |= {Place.day(date): counters for date, counters in row.get("days", {"M": {}})["M"].items()}
    told |= {Place.badges(date): counters for date, counters in row.get("badges", {"M": {}})["M"].items()}
    return {place: counters_of(counters["M"]) for place, counters in told.items()}


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


def term_of(row: Mapping[str, Any]) -> str:
    """Of a `term_row` its term."""
    _, kind, *value = row["pk"]["S"].split("#", 2)
    if kind == "last4":
        return f"last4#{value[0]}"
    return f"{kind}#{row['sk']['S'].removesuffix('#' + row['customer_id']['S'])}"


def terms_beginning(enterprise: str, beginning: str) -> tuple[str, str]:
    """Where terms of one beginning lie: the partition, and how sort keys begin there."""
    key = term_key(enterprise, beginning, "")
    return key["pk"]["S"], key["sk"]["S"].removesuffix("#")


def sum_key(enterprise: str, place: Place, shard: int) -> Item:
    """One of the rows of a sum."""
    date = f"{place.date}#" if place.date else ""
    return _key(sums_partition(enterprise, place), f"{date}{shard:02}")


def sums_partition(enterprise: str, place: Place) -> str:
    """Where sums of one kind lie, and of one branch, in the order of days."""
    of = f"#{place.branch_id}" if place.branch_id else ""
    return f"{enterprise}#{place.kind}{of}"


def place_of(row: Mapping[str, Any]) -> Place:
    """What a row of a sum is a part of."""
    _, kind, *branch = row["pk"]["S"].split("#", 2)
    date = row["sk"]["S"].rpartition("#")[0]
    return Place(kind, date, *branch)


def counters_of(row: Mapping[str, Any]) -> Counts:
    """The counters among a row's attributes."""
    return {name: int(value["N"]) for name, value in row.items() if "N" in value}


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
