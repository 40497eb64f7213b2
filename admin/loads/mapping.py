"""The mapping: which column of a CSV file fills which field of `customer.imported`, and how its cells are written."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import phonenumbers

from admin.loads.cells import READERS, Rule, money
from admin.loads.wrong import CannotRead
from customers.domain.currencies import CURRENCIES, DECIMALS, USUAL_DECIMALS
from customers.domain.time_zones import known_zones

_NEEDED = ("enterprise_id", "source", "occurred_at", "columns")
_KNOWN = {*_NEEDED, "currency", "home_region", "time_zone", "decimals", "decimal", "thousands", "delimiter"}
_SHARED = ("home_region", "time_zone", "decimals", "decimal", "thousands")
_OF_A_RULE = {"column", "format", "length", *_SHARED}
_MOST_DECIMALS = 4
_COUNTS = {"decimals": range(_MOST_DECIMALS + 1), "length": range(1, 129)}
_SIGNS = {"decimal", "thousands", "delimiter"}


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
    _check_values(told, "")
    shared = {name: told[name] for name in _SHARED if name in told}
    rules = {field: _rule(field, said, shared) for field, said in told["columns"].items()}
    if "phone" not in rules:
        raise CannotRead("the mapping names no column for phone")
    _check_money(told.get("currency"), rules)
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
    own = said if isinstance(said, dict) else {"column": said}
    if unknown := sorted(own.keys() - _OF_A_RULE):
        raise CannotRead(f"the mapping has for {field} {_meant(unknown[0], sorted(_OF_A_RULE))}")
    if not isinstance(own.get("column"), str):
        raise CannotRead(f"the mapping names no column for {field}")
    _check_values(own, f" for {field}")
    rule = {**shared, **own}
    if READERS[field] is money and rule.get("thousands") == rule.get("decimal", "."):
        raise CannotRead(f"the mapping has the same sign for decimals and thousands for {field}")
    return rule


def _check_values(told: Mapping[str, Any], where: str) -> None:
    for name, value in told.items():
        if name in _COUNTS:
            right = type(value) is int and value in _COUNTS[name]
            need = f"a whole number from {_COUNTS[name][0]} to {_COUNTS[name][-1]}"
        elif name in _SIGNS:
            right, need = isinstance(value, str) and len(value) == 1 and not value.isalnum(), "one character"
        elif name == "columns":
            continue
        else:
            right, need = isinstance(value, str), "text"
        if not right:
            raise CannotRead(f"{name}{where} in the mapping is not {need}")
    if told.get("time_zone", "UTC") not in known_zones():
        raise CannotRead(f"the mapping has a time_zone that does not exist{where}")
    if told.get("home_region", "QA") not in phonenumbers.SUPPORTED_REGIONS:
        raise CannotRead(f"home_region{where} in the mapping is not a country of ISO 3166-1, such as QA")


def _check_money(currency: str | None, rules: Mapping[str, Rule]) -> None:
    """Minor units are those of ISO 4217. Cells without decimals may be minor units already."""
    if currency is None:
        return
    if currency not in CURRENCIES:
        raise CannotRead(
            f"the mapping has the currency {_meant(currency, sorted(CURRENCIES))}, which is not of ISO 4217"
        )
    digits = DECIMALS.get(currency, USUAL_DECIMALS)
    for field, rule in rules.items():
        if READERS[field] is money and rule.get("decimals", 0) not in (0, digits):
            raise CannotRead(f"the mapping says {rule['decimals']} decimals for {field}, and {currency} has {digits}")


def _meant(name: str, words: Sequence[str]) -> str:
    by_lower = {word.lower(): word for word in reversed(words)}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"{name!r} (is it {by_lower[near[0]]!r}?)" if near else repr(name)
