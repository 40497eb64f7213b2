"""JSON as one text: the one home for it, in the domain because every layer may import that."""

from __future__ import annotations

import json
from typing import Any


def canonical_json(value: object) -> str:
    """The same text for equal values, in whatever order their keys came."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def compact_json(value: object) -> str:
    """Without spaces, the keys in the order in which they came: a replayed answer is the same to the letter."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def whole_numbers(value: Any) -> Any:
    """The same value, with every number that is whole as an integer: JSON does not tell `1` from `1.0`."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: whole_numbers(each) for name, each in value.items()}
        case list() | tuple():
            return [whole_numbers(each) for each in value]
        case _:
            return value
