"""Conditions of a Query, parsed once. The emulator parses them again for each row of the partition.

The conditions that a Query can have on keys are compared directly, as texts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-not-found]

CONDITIONS = 1024
_ON_KEYS = re.compile(
    r"(?P<pk>\w+) = (?P<is>:\w+)"
    r"(?: AND (?:begins_with\((?P<begins>\w+), (?P<with>:\w+)\)"
    r"|(?P<between>\w+) BETWEEN (?P<low>:\w+) AND (?P<high>:\w+)))?"
)
"""The partition key, and perhaps the sort key's prefix or range, without placeholder names."""

Row = dict[str, dict[str, Any]]
on_keys = lru_cache(CONDITIONS)(_ON_KEYS.fullmatch)
_slowly = dynamodb._evaluate_condition


def install() -> None:
    tokens = lru_cache(CONDITIONS)(dynamodb._tokenize)
    # Each caller gets its own list.
    dynamodb._tokenize = lambda condition: list(tokens(condition))
    dynamodb._condition_syntax_error = lru_cache(CONDITIONS)(dynamodb._condition_syntax_error)
    dynamodb._evaluate_condition = _evaluate


def _evaluate(condition: str, row: Row, values: Row, names: dict[str, str], slot: str = "ConditionExpression") -> bool:
    parts = on_keys(condition) if slot == "KeyConditionExpression" and condition else None
    if parts is None or any("S" not in value for value in values.values()):
        return bool(_slowly(condition, row, values, names, slot=slot))
    if row[parts["pk"]] != values[parts["is"]]:
        return False
    if parts["begins"]:
        return bool(row[parts["begins"]]["S"].startswith(values[parts["with"]]["S"]))
    if parts["between"]:
        return bool(values[parts["low"]]["S"] <= row[parts["between"]]["S"] <= values[parts["high"]]["S"])
    return True
