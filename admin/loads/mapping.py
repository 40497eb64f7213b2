"""The mapping: which column of a CSV file fills which field of `customer.imported`, and how its cells are written."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from admin.loads.cells import READERS, Rule
from admin.loads.wrong import CannotRead

_NEEDED = ("enterprise_id", "source", "occurred_at", "columns")
_KNOWN = {*_NEEDED, "currency", "home_region", "time_zone", "decimals", "decimal", "thousands", "delimiter"}
_SHARED = ("home_region", "time_zone", "decimals", "decimal", "thousands")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What stays the same in each fact, and the rule of each field that a column fills."""

    enterprise: str
    source: str
    occurred_at: str
    currency: str | None
    delimiter: str | None
    rules: Mapping[str, Rule]

    def positions(self, header: Sequence[str]) -> dict[str, int]:
        """Where each field is. Raises `CannotRead` naming the columns that are missing, and what may be meant."""
        names = [name.strip() for name in header]
        missing = [rule["column"] for rule in self.rules.values() if rule["column"] not in names]
        if missing:
            raise CannotRead("its first line lacks " + ", ".join(_meant(column, names) for column in missing))
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            raise CannotRead(f"its first line has a column twice: {', '.join(twice)}")
        return {field: names.index(rule["column"]) for field, rule in self.rules.items()}


def read_mapping(path: Path) -> ColumnMapping:
    """Raises `CannotRead` with what is to be mended."""
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        raise CannotRead("the mapping is not a file of JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("columns"), dict):
        raise CannotRead("the mapping must be a JSON object with `columns`")
    if missing := [name for name in _NEEDED if not told.get(name)]:
        raise CannotRead(f"the mapping lacks {', '.join(missing)}")
    if unknown := sorted(told.keys() - _KNOWN):
        raise CannotRead("the mapping has " + ", ".join(_meant(name, sorted(_KNOWN)) for name in unknown))
    shared = {name: told[name] for name in _SHARED if name in told}
    rules = {field: _rule(field, said, shared) for field, said in told["columns"].items()}
    if "phone" not in rules:
        raise CannotRead("the mapping names no column for phone")
    return ColumnMapping(
        told["enterprise_id"],
        told["source"],
        told["occurred_at"],
        told.get("currency"),
        told.get("delimiter"),
        rules,
    )


def _rule(field: str, said: Any, shared: Mapping[str, Any]) -> Rule:
    if field not in READERS:
        raise CannotRead(f"the mapping has the field {_meant(field, list(READERS))}")
    rule = {**shared, **(said if isinstance(said, dict) else {"column": said})}
    if not isinstance(rule.get("column"), str):
        raise CannotRead(f"the mapping names no column for {field}")
    try:
        ZoneInfo(rule.get("time_zone", "UTC"))
    except (LookupError, ValueError, OSError):
        raise CannotRead(f"the mapping has a time_zone that does not exist for {field}") from None
    return rule


def _meant(name: str, words: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, words, n=1)
    return f"{name!r} (is it {near[0]!r}?)" if near else repr(name)
