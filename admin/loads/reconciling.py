"""Compare a file's control totals with what its imports have added to the enterprise's books.

Live traffic is apart by what is counted: only the ledger entries of the file's own facts. A fact has one record, which
names its customer. The entry was written in one transaction with the customer's row, so it is what the row rose by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from admin.loads.totals import differing, imported_by, of_import
from admin.stack.pace import Pace
from admin.stack.refusal import Refusal
from customers.domain.facts.imported import Imported
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.records.fact_rows import fact_id_of, fact_record_key
from customers.store.records.ledger_rows import ledger_entry_of, ledger_key
from customers.wire.facts.codec import read_fact
from customers.wire.facts.incoming import Incoming

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHOWN = 10
"""The most lines that are named for a reason."""
_NOT_APPLIED = "have not been applied: refused (make refused), or still waiting"
_GONE = "are about customers who have been erased: nothing was added"


class Lines(Protocol):
    """Some lines of the file: `facts` as they are, each with its number in `lines`."""

    offset: int
    facts: list[str]
    lines: list[int]
    refused: list[Any]
    totals: dict[str, int] | None
    after_totals: bool


@dataclass
class Found:
    """What the imports of a file have added, and the lines of those that have added nothing, by reason."""

    totals: Counter[str] = field(default_factory=Counter)
    missing: dict[str, list[int]] = field(default_factory=dict)
    stated: Mapping[str, int] | None = None

    def differences(self) -> list[str]:
        """Why the load does not agree with its control totals, a line each. Empty where it does."""
        wrong = [f"{name}: {why}" for name, why in differing(self.stated or {}, self.totals, "the load added")]
        for reason, lines in self.missing.items() if wrong else ():
            named = ", ".join(map(str, lines[:SHOWN]))
            wrong.append(f"{len(lines):,} imports {reason} (line {named}{', …' if len(lines) > SHOWN else ''})")
        return wrong


class Reconciling:
    """Strongly consistent reads of Records, three for a hundred imports. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, records_table: str) -> None:
        self._client = client
        self._records = records_table

    def find(self, windows: Iterable[Lines], size: int) -> Found:
        """From the lines of a file of so many bytes. Raises `Refusal` for totals that are not in the last line."""
        found = Found()
        with Pace("comparing", "B", size, scaled=True) as pace:
            for window in windows:
                if window.after_totals or (found.stated is not None and (window.facts or window.refused)):
                    raise Refusal("The control totals are not in the last line, so they are not those of the file")
                found.stated = window.totals if window.totals is not None else found.stated
                self._add(found, window)
                pace.at(window.offset, size, f"{found.totals['customers']:,} customers")
        return found

    def _add(self, found: Found, window: Lines) -> None:
        imports = _imports_of(window)
        records = self._rows([fact_record_key(fact.enterprise, fact.detail.fact_id) for _, fact in imports])
        named = {(row["pk"]["S"].split("#", 1)[0], fact_id_of(row)): row for row in records}
        owners = list[tuple[int, Incoming, str]]()
        for line, fact in imports:
            record = named.get((fact.enterprise, fact.detail.fact_id))
            if record is None:
                found.missing.setdefault(_NOT_APPLIED, []).append(line)
            elif "customer_id" not in record:
                found.missing.setdefault(_GONE, []).append(line)
            else:
                owners.append((line, fact, record["customer_id"]["S"]))
        self._add_entries(found, owners)

    def _add_entries(self, found: Found, owners: Sequence[tuple[int, Incoming, str]]) -> None:
        """A merge moves no entry."""
        keys = {line: ledger_key(fact.enterprise, owner, fact.detail.order()) for line, fact, owner in owners}
        entries = {(row["pk"]["S"], row["sk"]["S"]): row for row in self._rows([*keys.values()])}
        for line, key in keys.items():
            entry = entries.get((key["pk"]["S"], key["sk"]["S"]))
            if entry is None:
                found.missing.setdefault(_GONE, []).append(line)
            elif isinstance(payload := ledger_entry_of(entry).payload, Imported):
                found.totals += of_import(payload)

    def _rows(self, keys: Sequence[Item]) -> list[Item]:
        wanted = {(key["pk"]["S"], key["sk"]["S"]): key for key in keys}
        return reads.get_all(self._client, self._records, [*wanted.values()]) if wanted else []


def _imports_of(window: Lines) -> list[tuple[int, Incoming]]:
    """The imports with their lines."""
    now = datetime.now(UTC)
    facts = [(line, read_fact(text, now)) for line, text in zip(window.lines, window.facts, strict=True)]
    return [(line, fact) for line, fact in facts if isinstance(fact, Incoming) and imported_by(fact)]
