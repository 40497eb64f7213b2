"""JSON as one text: the one home for it, in the domain because every layer may import that."""

from __future__ import annotations

import json


def canonical_json(value: object) -> str:
    """The same text for equal values, in whatever order their keys came."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def compact_json(value: object) -> str:
    """Without spaces, the keys in the order in which they came: a replayed answer is the same to the letter."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
