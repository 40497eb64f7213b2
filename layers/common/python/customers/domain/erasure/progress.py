"""How far a sweep has come: of each store what was removed and what was scrubbed, and a print of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Action = Literal["removed", "scrubbed", "rewritten"]


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one store and deed. `print` chains what was there, under a secret: nothing can be told from it, and who has
    a backup and the secret can show that it was this.
    """

    count: int = 0
    print: str = ""

    def more(self, secret: str, texts: Iterable[str]) -> Tally:
        grown = self
        for text in texts:
            of = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
            grown = Tally(grown.count + 1, hashlib.sha256(f"{grown.print}{of}".encode()).hexdigest())
        return grown


@dataclass(frozen=True, slots=True)
class ErasureProgress:
    """The whole of it, written together with what it counts. `revision` rises with every write."""

    revision: int = 0
    ids: tuple[str, ...] = ()
    """The person's id, and those of whom they had absorbed: known before any of it is gone."""
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    checks: int = 0
    """How often it has been looked whether all is gone."""

    def more(self, secret: str, store: str, deed: Action, texts: Iterable[str]) -> ErasureProgress:
        """The same, and these."""
        key = f"{store}#{deed}"
        before = self.tallies.get(key, Tally())
        after = before.more(secret, texts)
        return self if after == before else replace(self, tallies={**self.tallies, key: after})

    def told(self) -> dict[str, dict[str, Any]]:
        """By store, for the receipt."""
        stores: dict[str, dict[str, Any]] = {}
        for key, tally in sorted(self.tallies.items()):
            store, _, deed = key.partition("#")
            stores.setdefault(store, {})[deed] = {"count": tally.count, "print": tally.print}
        return stores
