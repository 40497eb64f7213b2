"""The Derived table: search terms, and a note of what each customer contributes to the sums.

Every key begins with the enterprise. The sums themselves are in `sum_rows`.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from customers.domain.canonical_json import canonical_json
from customers.domain.search.terms import DISABLED
from customers.domain.stats.badge_changes import NotedBadge
from customers.domain.stats.contributions import TOTALS, Contributions, Counted, Counts, Place, since
from customers.store.dynamodb.items import Item
from customers.store.stats.badge_rows import badge_attributes, noted_badge_of

_BUCKET = re.compile(r"usr_([0-9a-f]{2})")
_DAY_BYTES = 3
"""Of a note's active days: the ordinal of the last, then bits, the lowest for that day, the next for the day before."""


@dataclass(frozen=True, slots=True)
class Note:
    """What the sums and the search index hold for a customer. For one who is gone an empty note stays.

    `revision` rises with every write and is never reset, so a result computed from an older note is never written.
    """

    revision: int = 0
    figures: Contributions = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    phone: str | None = None
    badge: NotedBadge | None = None

    def holds(self, other: Note) -> bool:
        """Whether the sums and the search index hold the same of both, whatever their revisions and badges."""
        return (self.figures, self.terms, self.phone) == (other.figures, other.terms, other.phone)

    def since(self, first: date) -> Note:
        """Without the active days before `first`. The sums keep them."""
        return replace(self, figures=since(self.figures, first))


def note_key(enterprise: str, customer_id: str) -> Item:
    """Notes are spread over 256 partitions, by which all customers of an enterprise can be listed."""
    match = _BUCKET.match(customer_id)
    bucket = match[1] if match else f"{zlib.crc32(customer_id.encode()) & 0xFF:02x}"
    return row_key(notes_partition(enterprise, bucket), customer_id)


def notes_partition(enterprise: str, bucket: str) -> str:
    """The partition of a bucket (two hexadecimal digits) of notes."""
    return f"{enterprise}#customers#{bucket}"


def note_row(enterprise: str, customer_id: str, note: Note) -> Item:
    row = {**note_key(enterprise, customer_id), "revision": {"N": str(note.revision)}, **badge_attributes(note.badge)}
    row |= active_attributes(note.figures)
    for place, counts in note.figures.items():
        if place.kind == "active":
            continue
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
    """The inverse of `note_row`; an empty note for no row."""
    if row is None:
        return Note()
    return Note(
        revision=int(row["revision"]["N"]),
        figures=_noted(row),
        terms=tuple(each["S"] for each in row["terms"]["L"]) if "terms" in row else (),
        phone=row["phone"]["S"] if "phone" in row else None,
        badge=noted_badge_of(row),
    )


def _noted(row: Mapping[str, Any]) -> Contributions:
    found = {TOTALS: row["counts"]} if "counts" in row else {}
    found |= {Place.day(date): counters for date, counters in row.get("days", {"M": {}})["M"].items()}
    for kind in ("badges", "locked", "locked_at"):
        found |= {Place(kind, date): counters for date, counters in row.get(kind, {"M": {}})["M"].items()}
    return {**{place: counters_of(counters["M"]) for place, counters in found.items()}, **active_days_in(row)}


def active_attributes(figures: Contributions) -> Item:
    """The attribute of a note that holds the active days: about fifteen bytes for a hundred days."""
    days = [date.fromisoformat(place.date).toordinal() for place in figures if place.kind == "active"]
    if not days:
        return {}
    last = max(days)
    bits = sum(1 << last - day for day in days)
    packed = last.to_bytes(_DAY_BYTES) + bits.to_bytes((bits.bit_length() + 7) // 8)
    return {"active": {"B": packed}}


def active_days_in(row: Mapping[str, Any]) -> Contributions:
    """The inverse of `active_attributes`."""
    packed: bytes = row["active"]["B"] if "active" in row else b""
    last, bits = int.from_bytes(packed[:_DAY_BYTES]), int.from_bytes(packed[_DAY_BYTES:])
    days = (date.fromordinal(last - back) for back in range(bits.bit_length()) if bits >> back & 1)
    return {Place.active(day.isoformat()): {"active_customers": 1} for day in days}


def term_key(enterprise: str, term: str, customer_id: str) -> Item:
    """Words and phones are found by their beginning, last digits whole. Words are partitioned by their first letter."""
    kind, _, value = term.partition("#")
    match kind.removeprefix(DISABLED):
        case "word":
            return row_key(f"{enterprise}#{kind}#{value[0]}", f"{value}#{customer_id}")
        case "phone":
            return row_key(f"{enterprise}#{kind}", f"{value}#{customer_id}")
        case _:
            return row_key(f"{enterprise}#{term}", customer_id)


def term_row(enterprise: str, term: str, customer_id: str, phone: str) -> Item:
    """With the phone, which finds the customer's row."""
    return {**term_key(enterprise, term, customer_id), "customer_id": {"S": customer_id}, "phone": {"S": phone}}


def term_of(row: Mapping[str, Any]) -> str:
    """The term of a `term_row`."""
    _, kind, *value = row["pk"]["S"].split("#", 2)
    if kind.removeprefix(DISABLED) == "last4":
        return f"{kind}#{value[0]}"
    return f"{kind}#{row['sk']['S'].removesuffix('#' + row['customer_id']['S'])}"


def terms_beginning(enterprise: str, beginning: str) -> tuple[str, str]:
    """The partition of the terms that begin so, and how their sort keys begin."""
    key = term_key(enterprise, beginning, "")
    return key["pk"]["S"], key["sk"]["S"].removesuffix("#")


def counters_of(row: Mapping[str, Any]) -> Counts:
    """The counters among a row's attributes."""
    return {name: int(value["N"]) for name, value in row.items() if "N" in value}


def counted_text(counted: Counted) -> str:
    """What the stats have counted of a transaction, as it stands in its row: equal contributions have equal texts."""
    body = {"amount": counted.amount_minor, "day": counted.date}
    return canonical_json({**body, "branch_id": counted.branch_id} if counted.branch_id else body)


def counted_of(text: str | None) -> Counted | None:
    """The inverse of `counted_text`; None where nothing has been counted yet."""
    if text is None:
        return None
    body = json.loads(text)
    return Counted(body["amount"], body["day"], body.get("branch_id"))


def row_key(pk: str, sk: str) -> Item:
    """The key of a row of the Derived table."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}
