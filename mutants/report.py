"""What a run found, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from mutants.baseline import Known
from mutants.faults import python_code, yaml_files
from mutants.mutant import SEVERITIES, diff
from mutants.running.runner import SURVIVED, Verdict


def survivors(verdicts: Sequence[Verdict]) -> list[Verdict]:
    found = [each for each in verdicts if each.outcome in SURVIVED]
    return sorted(found, key=lambda each: (SEVERITIES.index(each.mutant.severity), each.mutant.file, each.mutant.line))


def lines(root: Path, verdicts: Sequence[Verdict], equivalent: int, gone: Sequence[Known]) -> Iterator[str]:
    for verdict in survivors(verdicts):
        mutant = verdict.mutant
        note = " (no test runs it)" if verdict.outcome == "uncovered" else ""
        yield f"[{mutant.severity}] {mutant.file}:{mutant.line} {mutant.function}{note}"
        yield f"    {mutant.mutation}"
        part = python_code if mutant.file.endswith(".py") else yaml_files
        yield from (f"    {line}" for line in diff(*part.sides(root, mutant)))
        yield ""
    yield f"{'room':12}{'planted':>9}{'noticed':>9}{'survived':>10}"
    rooms: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        rooms.setdefault(verdict.mutant.room, Counter())["survived" if verdict.outcome in SURVIVED else "noticed"] += 1
    for room, counts in rooms.items():
        yield f"{room:12}{counts.total():>9}{counts['noticed']:>9}{counts['survived']:>10}"
    total = Counter(each.outcome in SURVIVED for each in verdicts)
    if verdicts:
        yield f"{total[False]} of {len(verdicts)} were noticed: {100 * total[False] / len(verdicts):.1f} %."
    checked = Counter(each.by for each in verdicts if each.by in ("mypy", "cfn-lint"))
    for check, times in checked.items():
        yield f"{times} of these by {check} alone."
    yield f"{equivalent} were passed over: mutants/equivalent.yaml says why."
    for known in gone:
        yield f"No such mutation any more: {known.function}: {known.mutation}"
