"""What many tests begin with, folded once for real and copied from then on: a fold takes some thirty requests.

A copy has ids of its own: the enterprise, the customer and the facts are others, what they say is the same.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from customers.store.records.entry_hashes import checksums_of
from customers.store.records.ledger_rows import LEDGER
from tests.support.dynamodb.in_memory import Row, forget, lay, rows_of
from tests.support.hash_keys import secret

TABLES = ("CustomersTable", "RecordsTable", "EnterprisesTable")
_IDS = re.compile(r"usr_[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_Key = tuple[str, str, str]
_written: dict[str, dict[_Key, Row]] = {}


def copied(name: str, enterprise: str, fold: Callable[[str], None], after: Callable[[str], None] | None = None) -> None:
    """Leave `enterprise` as `fold` does, which is asked once in a process for each name.

    It may be asked again: where one of the rows is there already, more than laying them down is to be done.
    `after` makes an enterprise on which `fold` can build.
    """
    if name not in _written:
        _written[name] = _fold_once(fold, after)
    copies = _with_checksums(enterprise, _Fresh(enterprise).rows(_written[name]))
    if _rows(enterprise).keys() & copies.keys():
        fold(enterprise)
        return
    for (table, _, _), row in copies.items():
        lay(table, [row])


def _fold_once(fold: Callable[[str], None], after: Callable[[str], None] | None) -> dict[_Key, Row]:
    pattern = str(uuid.uuid4())
    if after:
        after(pattern)
    before = _rows(pattern)
    fold(pattern)
    written = {key: row for key, row in _rows(pattern).items() if before.get(key) != row}
    for table in TABLES:
        forget(table, pattern)
    return _Fresh(PATTERN, pattern).rows(written)


PATTERN = "00000000-0000-0000-0000-000000000000"
"""The enterprise of what is copied."""


class _Fresh:
    """Gives every id another one, the same each time."""

    def __init__(self, enterprise: str, of: str = PATTERN) -> None:
        self._ids = {of: enterprise}

    def rows(self, written: dict[_Key, Row]) -> dict[_Key, Row]:
        copies: dict[_Key, Row] = {}
        for (table, _, _), row in written.items():
            copy = self._copy(row)
            copies[_key(table, copy)] = copy
        return copies

    def _copy(self, value: Any) -> Any:
        if isinstance(value, str):
            return _IDS.sub(self._id, value)
        if isinstance(value, dict):
            return {name: self._copy(each) for name, each in value.items()}
        return [self._copy(each) for each in value] if isinstance(value, list) else value

    def _id(self, found: re.Match[str]) -> str:
        fresh = f"usr_{uuid.uuid4().hex}" if found[0].startswith("usr_") else str(uuid.uuid4())
        return self._ids.setdefault(found[0], fresh)


def _with_checksums(enterprise: str, copies: dict[_Key, Row]) -> dict[_Key, Row]:
    """The hashes of a ledger are the enterprise's own. Nobody among the copies has been merged."""
    entries = [row for row in copies.values() if row.get("sk", {"S": ""})["S"].startswith(LEDGER)]
    of_ledgers = checksums_of(secret, enterprise, entries)
    for row in copies.values():
        if "checksum" in row:
            row["checksum"] = {"B": of_ledgers[row["customer_id"]["S"]]}
    return copies


def _rows(enterprise: str) -> dict[_Key, Row]:
    return {_key(table, row): row for table in TABLES for row in rows_of(table, enterprise)}


def _key(table: str, row: Row) -> _Key:
    return table, row["pk"]["S"], row.get("sk", {"S": ""})["S"]
