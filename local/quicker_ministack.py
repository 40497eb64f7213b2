"""The emulator, looking at a partition about as fast as one waits for DynamoDB, which does not look at all of it.

For a Query the emulator takes the condition apart anew for each row of the partition. Here a condition is taken apart
once, and the conditions on keys that a Query can have are compared directly, as texts. No answer becomes another.
"""

import re
from functools import lru_cache
from typing import Any

from ministack import app  # type: ignore[import-not-found]
from ministack.services import dynamodb  # type: ignore[import-not-found]

_CONDITIONS = 1024
_ON_KEYS = re.compile(
    r"(?P<pk>\w+) = (?P<is>:\w+)"
    r"(?: AND (?:begins_with\((?P<begins>\w+), (?P<with>:\w+)\)"
    r"|(?P<between>\w+) BETWEEN (?P<low>:\w+) AND (?P<high>:\w+)))?"
)
"""The partition, and perhaps how the sort key begins or between what it is, all by their own names."""

Row = dict[str, dict[str, Any]]
_slowly = dynamodb._evaluate_condition
_on_keys = lru_cache(_CONDITIONS)(_ON_KEYS.fullmatch)


def _evaluate(condition: str, row: Row, values: Row, names: dict[str, str], slot: str = "ConditionExpression") -> bool:
    told = _on_keys(condition) if slot == "KeyConditionExpression" and condition else None
    if told is None or any("S" not in value for value in values.values()):
        return bool(_slowly(condition, row, values, names, slot=slot))
    if row[told["pk"]] != values[told["is"]]:
        return False
    if told["begins"]:
        return bool(row[told["begins"]]["S"].startswith(values[told["with"]]["S"]))
    if told["between"]:
        return bool(values[told["low"]]["S"] <= row[told["between"]]["S"] <= values[told["high"]]["S"])
    return True


def main() -> None:
    tokens = lru_cache(_CONDITIONS)(dynamodb._tokenize)
    # Who asks gets a list of their own.
    dynamodb._tokenize = lambda condition: list(tokens(condition))
    dynamodb._condition_syntax_error = lru_cache(_CONDITIONS)(dynamodb._condition_syntax_error)
    dynamodb._evaluate_condition = _evaluate
    app.main()


if __name__ == "__main__":
    main()
