"""Everything that the Derived table holds for an enterprise, added up: to compare it with a recount."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from customers.domain.canonical_json import canonical_json
from customers.domain.stats.contributions import Place
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.stats.derived_rows import Note, note_of
from customers.store.stats.sum_rows import sums_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass
class DerivedTotals:
    """Sums by place, the total of all customers' notes, and the search terms.

    The terms are kept as their number and a print: equal sets have equal prints, in whatever order they came.
    """

    sums: dict[Place, Counter[str]] = field(default_factory=dict)
    noted: dict[Place, Counter[str]] = field(default_factory=dict)
    terms: int = 0
    print: int = 0

    def add_term(self, row: Item) -> None:
        self.terms += 1
        digest = hashlib.blake2b(canonical_json(row).encode(), digest_size=16).digest()
        self.print = (self.print + int.from_bytes(digest)) % 2**128

    def add_note(self, note: Note) -> None:
        for place, counts in note.figures.items():
            self.noted.setdefault(place, Counter()).update(counts)

    def add_sum(self, place: Place, counts: Mapping[str, int]) -> None:
        self.sums.setdefault(place, Counter()).update(counts)


def read_totals(client: DynamoDBClient, table: str, enterprise: str) -> DerivedTotals:
    """Reads the whole table, two pages in memory at a time: for an operator's commands only."""
    found = DerivedTotals()
    rows = reads.scan_ahead(
        client,
        TableName=table,
        FilterExpression="begins_with(pk, :enterprise)",
        ExpressionAttributeValues={":enterprise": {"S": f"{enterprise}#"}},
    )
    for row in rows:
        match row["pk"]["S"].split("#")[1]:
            case "customers":
                found.add_note(note_of(row))
            case "totals" | "days" | "badges" | "locked" | "locked_at":
                for place, counts in sums_of(row).items():
                    found.add_sum(place, counts)
            case "due" | "feed":
                pass
            case _:
                found.add_term(row)
    return found
