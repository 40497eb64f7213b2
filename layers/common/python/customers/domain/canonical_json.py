"""Canonical JSON. It is in the domain, because every layer may import that."""

from __future__ import annotations

import json


def canonical_json(value: object) -> str:
    """The same text for equal values, whatever the order of their keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def compact_json(value: object) -> str:
    """Without spaces, the keys in their order: a replayed answer is identical."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
