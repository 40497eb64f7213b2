"""`python -m admin.loads.check FILE`: check a whole file before it is loaded, and say everything that is wrong at once.

A file without a mistake becomes a file of facts, which `make load` sends. Nothing is sent here.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from admin.loads.first_lines import FirstLines
from admin.loads.identities import address_in, identities
from admin.loads.mapping import read_mapping
from admin.loads.rows import Row, csv_rows, json_rows
from admin.loads.text import lines, opened
from admin.loads.totals import NAMES, counts_by_itself, differing, imported_by, line_of, of_import
from admin.loads.wrong import CannotRead, Tally, Wrong
from commands.arguments import Parser, existing
from customers.domain.identifiers.address import Address
from customers.domain.refusals import Refusal
from customers.wire.facts.codec import read_fact


@dataclass
class Checked:
    """What the pass has found."""

    wrong: Tally = field(default_factory=Tally)
    totals: Counter[str] = field(default_factory=Counter)
    stated: dict[str, int] | None = None
    others: list[int] = field(default_factory=list)
    """Lines of facts that add to the books beside the imports."""
    _seen: FirstLines = field(default_factory=FirstLines)

    def see(self, row: Row) -> Iterator[Wrong]:
        """What is wrong with a row."""
        if self.stated is not None:
            yield Wrong(row.line, "row", "comes after the control totals, which must be the last line")
        if row.totals is not None:
            self.stated = row.totals
            return
        yield from row.wrong
        if row.event is None:
            return
        try:
            fact = read_fact(json.dumps(row.event), datetime.now(UTC))
            address = address_in(fact)
        except Refusal as refusal:
            name, _, issue = str(refusal).partition(": ")
            yield Wrong(row.line, name, issue or str(refusal))
            return
        if twice := [*self._twice(row, address)]:
            yield from twice
            return
        if imported := imported_by(fact):
            self.totals.update(of_import(imported))
        elif counts_by_itself(fact):
            self.others.append(row.line)

    def _twice(self, row: Row, address: Address | None) -> Iterator[Wrong]:
        assert row.event  # noqa: S101 - by the caller
        for name, identity in identities(row.event, address):
            first = self._seen.line_of(identity, row.line)
            if first != row.line:
                yield Wrong(row.line, name, f"is in the file twice, first in line {first:,}")
                return

    def differing(self) -> Iterator[Wrong]:
        """Control totals that are not those of the lines, and lines that no control total can count."""
        if self.stated is None:
            return
        for line in self.others:
            yield Wrong(line, "included_in", "is missing: control totals count imports, and this fact adds beside them")
        for name, reason in differing(self.stated, self.totals, "the lines add up to"):
            yield Wrong(0, name, reason)


def check(path: Path, mapping: Path | None) -> Checked:
    """Read all of a file. Its facts are written beside it, and so is everything that is wrong. Raises `CannotRead`."""
    checked, kept = Checked(), beside(path, "facts")
    with opened(path) as file, kept.open("w") as facts, beside(path, "wrong").open("w") as wrong:
        for each in (kept, beside(path, "wrong")):
            each.chmod(0o600)
        with closing(_rows(file, mapping)) as rows:
            _pass(rows, checked, facts, wrong)
    if checked.wrong.count:
        kept.unlink()
    else:
        beside(path, "wrong").unlink()
    return checked


def _pass(rows: Iterator[Row], checked: Checked, facts: IO[str], wrong: IO[str]) -> None:
    empty = True
    for row in rows:
        empty = False
        found = list(checked.see(row))
        for each in found:
            checked.wrong.add(each)
            wrong.write(each.record())
        if row.event and not found:
            facts.write(json.dumps(row.event, ensure_ascii=False) + "\n")
    if empty:
        raise CannotRead("has no customer: nothing follows its first line")
    if checked.stated is not None:
        facts.write(f"{line_of(checked.stated)}\n")
    for each in checked.differing():
        checked.wrong.add(each)
        wrong.write(each.record())


def _rows(file: IO[str], mapping: Path | None) -> Any:
    return csv_rows(lines(file), read_mapping(mapping)) if mapping else json_rows(lines(file))


def _counted(mistakes: int) -> str:
    return "1 mistake" if mistakes == 1 else f"{mistakes:,} mistakes"


def beside(path: Path, kind: str) -> Path:
    """`points.csv.facts.jsonl`, and the same with `wrong`."""
    return path.with_name(f"{path.name}.{kind}.jsonl")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if nothing is wrong, else 1."""
    parser = Parser(prog="python -m admin.loads.check", description=__doc__)
    parser.add_argument("file", type=existing, help="CSV or JSON Lines, perhaps gzip, in UTF-8 or UTF-16")
    parser.add_argument("--mapping", type=existing, help="JSON: which column is which field (for CSV)")
    chosen = parser.parse_args(arguments)
    try:
        checked = check(chosen.file, chosen.mapping)
    except CannotRead as trouble:
        for kind in ("facts", "wrong"):
            beside(chosen.file, kind).unlink(missing_ok=True)
        print(f"{chosen.file}: {trouble}", file=sys.stderr)
        return 1
    totals = ", ".join(f"{name} {checked.totals[name]:,}" for name in NAMES)
    if checked.wrong.count:
        print(f"{chosen.file}: {_counted(checked.wrong.count)}, nothing is written to be loaded", file=sys.stderr)
        print(*checked.wrong.told(), sep="\n", file=sys.stderr)
        print(f"All of them, line by line: {beside(chosen.file, 'wrong')}", file=sys.stderr)
        return 1
    print(f"{chosen.file}: no mistake; {totals}" + (", as its control totals say" if checked.stated else ""))
    print(f"make load FILE={beside(chosen.file, 'facts')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
