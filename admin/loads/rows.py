"""Reads a file's lines as facts: rows of CSV by the mapping, or JSON Lines as they are."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from admin.loads.cells import READERS, cell
from admin.loads.mapping import ColumnMapping
from admin.loads.totals import TOTALS, Misstated, stated_in
from admin.loads.wrong import CannotRead, Unfit, Wrong

_DELIMITERS = ";,\t|"


@dataclass(frozen=True, slots=True)
class Row:
    """A line: the event to send, or what is wrong with its cells. `totals` are those that the line states."""

    line: int
    event: dict[str, Any] | None = None
    wrong: Sequence[Wrong] = ()
    totals: dict[str, int] | None = None


def json_rows(lines: Iterator[str]) -> Iterator[Row]:
    """A fact in each line; blank lines are left out."""
    for number, text in enumerate(lines, 1):
        line = text.strip()
        if line.startswith(TOTALS):
            yield Row(number, totals=_totals(line, number))
        elif line:
            yield _json_row(number, line)


def csv_rows(lines: Iterator[str], mapping: ColumnMapping) -> Iterator[Row]:
    """A customer in each row behind the header. Raises `CannotRead`."""
    before, first = 0, next(lines, "")
    if first.lower().startswith("sep="):
        before, first = 1, next(lines, "")
    delimiter = mapping.delimiter or max(_DELIMITERS, key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    header = _header(reader)
    positions = mapping.positions(header)
    while True:
        begun = before + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(begun, wrong=[Wrong(begun, "row", _broken(error))])
            continue
        if cells and cells[0].startswith(TOTALS):
            yield Row(begun, totals=_totals(" ".join(cells), begun))
        elif cells == header:
            yield Row(begun, wrong=[Wrong(begun, "row", "is the first line again: two files may have been joined")])
        elif any(cell.strip() for cell in cells):
            yield _csv_row(begun, cells, len(header), positions, mapping)


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise CannotRead(f"its first line {_broken(error)}") from None
    if any("\udc80" <= letter <= "\udcff" for name in header for letter in name):
        raise CannotRead("its first line is not UTF-8: export the file as CSV UTF-8")
    return header


def _broken(error: csv.Error) -> str:
    if "limit" in str(error):
        return f"has a cell of more than {csv.field_size_limit():,} characters; a quotation mark may not be closed"
    return "has a quotation mark that is not closed or not doubled"


def _json_row(number: int, line: str) -> Row:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return Row(number, wrong=[Wrong(number, "body", "is not JSON")])
    if not isinstance(event, dict):
        return Row(number, wrong=[Wrong(number, "body", "is not a JSON object")])
    return Row(number, event)


def _csv_row(line: int, cells: list[str], width: int, positions: dict[str, int], mapping: ColumnMapping) -> Row:
    if len(cells) != width:
        reason = f"has {len(cells)} cells where the first line has {width}"
        return Row(line, wrong=[Wrong(line, "row", reason)])
    said, wrong = dict[str, Any](), list[Wrong]()
    for field, position in positions.items():
        try:
            if text := cell(cells[position], field):
                said[field] = READERS[field](text, mapping.rules[field])
            elif field == "phone":
                raise Unfit("is empty")
        except Unfit as unfit:
            wrong.append(Wrong(line, field, str(unfit)))
    return Row(line, None if wrong else _event(said, mapping), wrong)


def _event(said: dict[str, Any], mapping: ColumnMapping) -> dict[str, Any]:
    """The fact's id is the same each time for a customer and a source, and does not show the phone."""
    phone = said.pop("phone")
    key = json.dumps([mapping.enterprise, mapping.source, phone]).encode()
    detail = {
        "fact_id": f"import-{hashlib.sha256(key).hexdigest()[:32]}",
        "enterprise_id": mapping.enterprise,
        "occurred_at": mapping.occurred_at,
        "customer": {"phone": phone},
        "source": mapping.source,
        **({"currency": mapping.currency} if mapping.currency else {}),
        **said,
    }
    return {"detail-type": "customer.imported", "source": "partner.import", "detail": detail}


def _totals(text: str, line: int) -> dict[str, int]:
    try:
        return stated_in(text)
    except Misstated:
        raise CannotRead(
            f"its control totals in line {line:,} cannot be read: each is a name and a whole number, once, as in "
            f"{TOTALS} customers=2 spendable_minor=12500"
        ) from None
