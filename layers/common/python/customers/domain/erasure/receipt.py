"""What an erasure ends with: a receipt of what was removed, scrubbed and kept, with nothing of the person in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.domain.instants import show_instant


@dataclass
class Kept:
    """What is left of a kind: how much, and the SHA-256 of it in the order of its keys, to be compared with later."""

    count: int = 0
    _hash: Any = field(default_factory=hashlib.sha256, repr=False)

    def add(self, text: str) -> None:
        self.count += 1
        self._hash.update(text.encode() + b"\n")

    def told(self) -> dict[str, Any]:
        return {"count": self.count, "sha256": self._hash.hexdigest()}


def receipt(
    ids: Mapping[str, str],
    instants: Mapping[str, datetime],
    swept: Mapping[str, Mapping[str, Any]],
    kept: Mapping[str, Kept],
) -> dict[str, Any]:
    """`swept` and `kept` by store."""
    stores = sorted({*swept, *kept})
    return {
        "type": "erasure-receipt",
        "version": 1,
        **ids,
        **{name: show_instant(at) for name, at in instants.items()},
        "stores": {
            store: {**swept.get(store, {}), **({"kept": kept[store].told()} if store in kept else {})}
            for store in stores
        },
    }
