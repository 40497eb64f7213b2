"""Canonical JSON. It is in the domain, because every layer may import that."""

from __future__ import annotations

import json
from typing import Any

# `json.dumps` would make an encoder for each answer.
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def canonical_json(value: object) -> str:
    """The same text for equal values, whatever the order of their keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def compact_json(value: object) -> str:
    """Without spaces, the keys in their order: a replayed answer is identical."""
    return _compact(value)


def whole_numbers(value: Any) -> Any:
    """The same value with every whole number as an integer: in JSON `1` and `1.0` are the same."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: whole_numbers(each) for name, each in value.items()}
        case list() | tuple():
            return [whole_numbers(each) for each in value]
        case _:
            return value
