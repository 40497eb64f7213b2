"""What is wrong in a file: where, and why, without a value that may be personal."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

SHOWN = 10
"""The most lines that are named for a reason."""


class CannotRead(Exception):  # noqa: N818 - a refusal of a whole file
    """Nothing in the file can be read; the text says why."""


class Unfit(Exception):  # noqa: N818 - a refusal of a cell
    """A cell does not fit; the text says why."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong. Line 1 is the first of the file, 0 stands for the whole of it."""

    line: int
    field: str
    reason: str

    def record(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


@dataclass
class Tally:
    """Everything that is wrong, by reason: only some lines of each are kept."""

    count: int = 0
    lines: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, wrong: Wrong) -> None:
        reason = (wrong.field, wrong.reason)
        self.count += 1
        self.counts[reason] += 1
        if len(self.lines[reason]) < SHOWN:
            self.lines[reason].append(wrong.line)

    def told(self) -> Iterator[str]:
        """A line for each reason, the most frequent first."""
        for (name, reason), count in sorted(self.counts.items(), key=lambda each: -each[1]):
            lines = ", ".join(map(str, self.lines[name, reason]))
            more = ", …" if count > SHOWN else ""
            # What is wrong with the whole file has no line.
            yield f"  {count:,} × {name}: {reason}" + (f" (line {lines}{more})" if lines != "0" else "")
