"""What is known of each part of a merged customer: one row in the part's own partition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.canonical_json import canonical_json
from customers.domain.customers.activity import Activity
from customers.domain.customers.locked import Locked
from customers.domain.facts.parts.part import Part, Statement, Sums
from customers.domain.facts.parts.parts import Parts
from customers.domain.instants import sortable_instant
from customers.store.customers.rows import sum_attributes, sums_of
from customers.store.dynamodb.items import Item, instant_of
from customers.store.records.keys import PART, record_key


def part_row(enterprise: str, customer_id: str, part: Part) -> Item:
    row = {
        **record_key(enterprise, customer_id, PART),
        "since": {"S": part.since},
        "stated": {"S": canonical_json({thing: [*map(_plain, each)] for thing, each in part.statements.items()})},
        "marks": {"M": {name: {"S": order} for name, order in part.versions.items()}},
        **sum_attributes(*_sums(part.sums)),
    }
    if part.known_since:
        row["known_since"] = {"S": sortable_instant(part.known_since)}
    return row


def part_of(row: Mapping[str, Any]) -> Part:
    """The inverse of `part_row`."""
    return Part(
        row["since"]["S"],
        {
            thing: tuple(_read(thing, *each) for each in statements)
            for thing, statements in json.loads(row["stated"]["S"]).items()
        },
        instant_of(row, "known_since"),
        {name: order["S"] for name, order in row["marks"]["M"].items()},
        Sums(*sums_of(row)),
    )


def parts_in(rows: Iterable[Item]) -> Parts | None:
    """The parts whose rows are among these; None if there are none."""
    parts = {row["pk"]["S"].partition("#")[2]: part_of(row) for row in rows if row["sk"]["S"] == PART}
    return Parts(parts, ()) if parts else None


def changed_part_rows(enterprise: str, before: Parts | None, after: Parts | None) -> list[Item]:
    """The rows of the parts that are new or changed."""
    known = before.parts if before else {}
    parts = after.parts if after else {}
    return [part_row(enterprise, each, part) for each, part in parts.items() if part != known.get(each)]


def _sums(sums: Sums) -> tuple[int, Locked, Activity, bytes, int]:
    return sums.balance_minor, sums.locked, sums.activity, sums.checksum, sums.loose_ends


def _plain(said: Statement) -> list[Any]:
    value = sortable_instant(said.value) if isinstance(said.value, datetime) else said.value
    return [value, said.order, said.heard, said.own]


def _read(thing: str, value: Any, order: str, heard: str, own: bool) -> Statement:
    return Statement(_instant(value) if thing == "member_since" else value, order, heard, own)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
