"""How far a sweep has come: per store, what was removed and what was scrubbed, and a digest of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Action = Literal["removed", "scrubbed", "rewritten"]


@dataclass(frozen=True, slots=True)
class ActionCount:
    """How many texts one action has changed in one store.

    `digest` chains keyed hashes of the texts. It tells nothing about them, but with the key and a backup one can show
    that these were the texts.
    """

    count: int = 0
    digest: str = ""

    def more(self, key: bytes, texts: Iterable[str]) -> ActionCount:
        grown = self
        for text in texts:
            keyed = hmac.new(key, text.encode(), "sha256").hexdigest()
            grown = ActionCount(grown.count + 1, hashlib.sha256(f"{grown.digest}{keyed}".encode()).hexdigest())
        return grown

    def as_json(self) -> dict[str, Any]:
        """As it is kept, and as the receipt has it."""
        return {"count": self.count, "print": self.digest}

    @staticmethod
    def of_json(values: Mapping[str, Any]) -> ActionCount:
        """The inverse of `as_json`."""
        return ActionCount(values["count"], values["print"])


@dataclass(frozen=True, slots=True)
class ErasureProgress:
    """Written in the same transaction as the changes that it counts. `revision` rises with every write."""

    revision: int = 0
    ids: tuple[str, ...] = ()
    """The person's id and the ids of absorbed customers, collected before anything is removed."""
    tallies: Mapping[str, ActionCount] = field(default_factory=dict)
    """By store and action, as `{store}#{action}`."""
    checks: int = 0
    """How often a check found that something was left."""
    names: tuple[str, ...] = ()
    """The pseudonyms of the phones and provider ids that the person had."""

    def naming(self, names: Iterable[str]) -> ErasureProgress:
        """The progress with these pseudonyms added."""
        added = tuple(each for each in dict.fromkeys(names) if each not in self.names)
        return replace(self, names=(*self.names, *added)) if added else self

    def more(self, key: bytes, store: str, action: Action, texts: Iterable[str]) -> ErasureProgress:
        """The progress with these texts added. `key` is the erasure's own."""
        name = f"{store}#{action}"
        before = self.tallies.get(name, ActionCount())
        after = before.more(key, texts)
        return self if after == before else replace(self, tallies={**self.tallies, name: after})

    def by_store(self) -> dict[str, dict[str, Any]]:
        """By store and action, for the receipt."""
        stores: dict[str, dict[str, Any]] = {}
        for key, counted in sorted(self.tallies.items()):
            store, _, action = key.partition("#")
            stores.setdefault(store, {})[action] = counted.as_json()
        return stores
