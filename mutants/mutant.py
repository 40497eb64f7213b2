"""A planted fault: where it is, what it says, how much it would matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

SEVERITIES = ("transaction", "erasure", "access", "deployment", "refusal", "logic", "number", "message")
"""The worst first: what a survivor of each would let through."""


@dataclass(frozen=True)
class Mutant:
    """One fault in one file."""

    file: str
    """Relative to the root of the project."""
    room: str
    function: str
    """The qualified name inside the module, or a path inside a template."""
    mutation: str
    """What is changed, without line numbers or file names: it stays the same when code moves."""
    severity: str
    line: int
    """Where the statement begins."""
    edit: Any
    """How to apply it; only the module that made it reads this."""
    imports: bool = False
    """Whether the code runs while its module is imported."""

    @property
    def key(self) -> tuple[str, str]:
        return self.function, self.mutation

    @property
    def module(self) -> str:
        return self.file.rpartition("/")[2].partition(".")[0]


def diff(before: str, after: str) -> list[str]:
    """The lines that differ."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return [*(f"- {line}" for line in old), *(f"+ {line}" for line in new)]


def numbered(mutants: Iterable[Mutant]) -> Iterator[Mutant]:
    """With a number where a function holds the same mutation more than once."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for each in mutants:
        seen[each.file, *each.key] += 1
        times = seen[each.file, *each.key]
        yield replace(each, mutation=f"{each.mutation} #{times}") if times > 1 else each
