"""All that the Derived table holds of an enterprise, added up."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from customers.domain.tally import Day
from customers.store.derived_rows import Note, note_of
from customers.store.rows import Item, canonical_json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass
class Figures:
    """Sums by day (None: the totals), what the notes of all customers add up to, and the search terms.

    Of the terms there is their number and a print: equal sets have equal prints, in whatever order they came.
    """

    sums: dict[Day | None, Counter[str]] = field(default_factory=dict)
    noted: Counter[str] = field(default_factory=Counter)
    terms: int = 0
    print: int = 0

    def add_term(self, row: Item) -> None:
        self.terms += 1
        digest = hashlib.blake2b(canonical_json(row).encode(), digest_size=16).digest()
        self.print = (self.print + int.from_bytes(digest)) % 2**128

    def add_note(self, note: Note) -> None:
        self.noted.update(note.counts)

    def add_sum(self, day: Day | None, row: Item) -> None:
        counters = {name: int(value["N"]) for name, value in row.items() if name not in ("pk", "sk")}
        self.sums.setdefault(day, Counter()).update(counters)


def figures(client: DynamoDBClient, table: str, enterprise: str) -> Figures:
    """Reads the whole table, page by page, in flat memory: for a person's commands only."""
    found = Figures()
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(pk, :enterprise)",
        ExpressionAttributeValues={":enterprise": {"S": f"{enterprise}#"}},
        ConsistentRead=True,
    )
    for page in pages:
        for row in page["Items"]:
            _, kind, *rest = row["pk"]["S"].split("#", 2)
            match kind:
                case "customers":
                    found.add_note(note_of(row))
                case "totals":
                    found.add_sum(None, row)
                case "days":
                    found.add_sum(Day(row["sk"]["S"].partition("#")[0], rest[0] if rest else None), row)
                case _:
                    found.add_term(row)
    return found
