"""The receipt of an erasure: what was removed, scrubbed and kept. It holds no personal data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.domain.instants import show_instant

CONSISTENT = "strongly consistent read"
LISTED = "list of all versions and unfinished uploads"
"""How a store was searched."""


@dataclass
class Kept:
    """What is kept in one store: the number of rows, and their SHA-256 in the order of their keys, to compare later."""

    count: int = 0
    _hash: Any = field(default_factory=hashlib.sha256, repr=False)

    def add(self, text: str) -> None:
        self.count += 1
        self._hash.update(text.encode() + b"\n")

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "sha256": self._hash.hexdigest()}


def receipt(
    ids: Mapping[str, str],
    instants: Mapping[str, datetime],
    swept: Mapping[str, Mapping[str, Any]],
    kept: Mapping[str, Kept],
    checks: Mapping[str, str],
) -> dict[str, Any]:
    """`swept` and `kept` by store; `checks` by what was searched at the end, with nothing found."""
    stores = sorted({*swept, *kept})
    return {
        "type": "erasure-receipt",
        "version": 2,
        **ids,
        **{name: show_instant(at) for name, at in instants.items()},
        "stores": {
            store: {**swept.get(store, {}), **({"kept": kept[store].as_json()} if store in kept else {})}
            for store in stores
        },
        "checks": dict(sorted(checks.items())),
    }
