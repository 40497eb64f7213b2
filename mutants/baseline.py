"""The survivors that are known: what they cannot change, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from mutants.mutant import Mutant

FILE = Path(__file__).with_name("equivalent.yaml")


@dataclass(frozen=True)
class Known:
    function: str
    mutation: str
    why: str
    module: str = ""
    """Told apart by it where functions of one name hold the same mutation; a module that moves keeps its entries."""

    @property
    def key(self) -> tuple[str, str]:
        return self.function, self.mutation


def load() -> list[Known]:
    return [Known(why=group["why"], **each) for group in yaml.safe_load(FILE.read_text()) for each in group["mutants"]]


class Baseline:
    def __init__(self, known: Iterable[Known]) -> None:
        self._known: dict[tuple[str, str], list[Known]] = defaultdict(list)
        for each in known:
            self._known[each.key].append(each)

    def find(self, mutant: Mutant, alike: Sequence[Mutant]) -> Known | None:
        """What is known of a mutant. `alike` are all that have its key: one of them, or it lies in the module named.

        A module that was renamed is found too, as long as no other has a function with the same mutation.
        """
        entries = self._known.get(mutant.key, [])
        named = [each for each in entries if not each.module or each.module == mutant.module]
        if named:
            return named[0]
        modules = {each.module for each in alike}
        elsewhere = [each for each in entries if each.module not in modules]
        return elsewhere[0] if elsewhere and len(alike) == 1 else None

    def gone(self, mutants: Iterable[Mutant]) -> list[Known]:
        """Entries of which there is no such mutation any more."""
        keys = {each.key for each in mutants}
        return [each for key, entries in self._known.items() if key not in keys for each in entries]
