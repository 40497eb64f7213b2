"""Which tests run for a mutant, and in which order."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from mutants.mutant import Mutant
from mutants.running.coverage_map import SOURCES, Map

QUICK = 0.4
"""Seconds of a test that is run before those that take longer."""
NOWHERE: frozenset[str] = frozenset()
_LINES_BEHIND = 3
_SECONDS_PER_FILE = 2.5
"""Of a budget, for a mutant for which each file of tests has to be imported anew."""
_OF_EVERYTHING = "contract"
"""The folder of the tests that look at all code, whatever they name; those of the template look at no code."""


def ordered(
    names: set[str],
    seconds: dict[str, float],
    budget: float,
    near: frozenset[str] = NOWHERE,
    behind: frozenset[str] = NOWHERE,
) -> list[str]:
    """The tests `behind`, then those in the `near` folders and files, then the others. Of each first the quick ones,
    file by file, because a file's tables are made once; then the slow ones, the quickest first. What goes beyond the
    budget is left out.
    """
    close = {name for name in names if near.intersection((*Path(name).parts, Path(file_of(name)).stem))}
    groups = (names & behind, close - behind, names - close - behind)
    chosen: list[str] = []
    spent = 0.0
    for name in chain.from_iterable(_quick_first(each, seconds) for each in groups):
        spent += seconds.get(name, 0.0)
        if chosen and budget and spent > budget:
            break
        chosen.append(name)
    return chosen


def behind(mutant: Mutant, known: Map) -> frozenset[str]:
    """Of the tests that run the line those that go the rarest way from there, if few do: what decides the way matters
    to them. A rule that hardly ever applies is run by every test, and noticed by few.
    """
    names = known.of(mutant.file, mutant.line)
    ways = [known.of(mutant.file, mutant.line + each) & names for each in range(1, _LINES_BEHIND + 1)]
    rarest = min(filter(None, ways), key=len, default=set())
    return frozenset(rarest) if len(rarest) * 2 < len(names) else NOWHERE


def near(mutant: Mutant) -> frozenset[str]:
    """The folders and files of the tests that are likely to notice: those named after the capability and the module,
    and races for a transaction.
    """
    named = {Path(mutant.file).parent.name, f"test_{mutant.module}"}
    return frozenset({*named, "concurrency"} if mutant.severity == "transaction" else named)


def _quick_first(names: set[str], seconds: dict[str, float]) -> list[str]:
    files: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names, key=lambda each: (seconds.get(each, 0.0), each)):
        if seconds.get(name, 0.0) <= QUICK:
            files[file_of(name)].append(name)
    by_file = sorted(files.values(), key=lambda each: (_mean(each, seconds), each[0]))
    quick = [name for each in by_file for name in each]
    slow = sorted(names - set(quick), key=lambda each: (seconds.get(each, 0.0), each))
    return [*quick, *slow]


def file_of(test: str) -> str:
    return test.partition("::")[0]


def _mean(names: list[str], seconds: dict[str, float]) -> float:
    return sum(seconds.get(name, 0.0) for name in names) / len(names)


def _statements(node: ast.AST, *, inside: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """All statements, and whether each is inside a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child, inside
        yield from _statements(child, inside=inside or isinstance(child, ast.FunctionDef))


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement that are not in a statement inside it."""
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.stmt):
            yield child
            yield from ast.walk(child)


def _defined(statement: ast.stmt) -> str:
    """The name that a statement defines, if it is one."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
    return ""


class References:
    """Who uses a name, of code that runs at import: no test runs its line, and many depend on it."""

    def __init__(self, root: Path, known: Map) -> None:
        self._root, self._known = root, known
        parts = {test: Path(file_of(test)).parts for test in known.seconds}
        everywhere = {test for test, each in parts.items() if _OF_EVERYTHING in each and "template" not in each}
        self._of_everything = everywhere - known.red
        self._lines: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self._defined: dict[tuple[str, int], str] = {}
        for folder in SOURCES:
            for path in sorted((root / folder).rglob("*.py")):
                self._note(path)
        self._texts = {
            str(each.relative_to(root)): each.read_text() for each in sorted(root.glob("tests/**/test_*.py"))
        }

    def _note(self, path: Path) -> None:
        file = str(path.relative_to(self._root))
        for statement, inside in _statements(ast.parse(path.read_text())):
            # What a function calls its variables says nothing.
            if not inside and (name := _defined(statement)):
                self._defined[file, statement.lineno] = name
            for node in _own(statement):
                if isinstance(node, ast.Name | ast.Attribute):
                    self._lines[node.id if isinstance(node, ast.Name) else node.attr].add((file, statement.lineno))

    def tests(self, mutant: Mutant, budget: float) -> list[str]:
        names = self._built_of(self._names(mutant))
        running = self._known.of(mutant.file, mutant.line)
        users = {user for name in names for user in self._lines.get(name, set())}
        # What a module makes of it as it is imported, any test of that module may notice.
        built = {file for file, line in users if line in self._known.at_import.get(file, set())}
        using = running.union(*map(self._known.of_file, built), *(self._known.of(file, line) for file, line in users))
        word = re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b") if names else None
        naming = {file for file, text in self._texts.items() if word and word.search(text)}
        found = using | ({test for test in self._known.seconds if file_of(test) in naming} - self._known.red)
        found = found or self._known.of_file(mutant.file)
        chosen = ordered(found, self._known.seconds, budget, near(mutant), frozenset(running))
        chosen += self._namesakes(mutant, chosen, budget)
        kept = self._few_files(chosen, [naming, {*map(file_of, using)}], budget)
        # They stand apart, so that neither crowds out the other.
        quick = {test for test in self._of_everything if self._known.seconds[test] <= QUICK}
        return [*kept, *ordered(quick.difference(kept), self._known.seconds, budget)]

    def _namesakes(self, mutant: Mutant, chosen: list[str], budget: float) -> list[str]:
        """Other tests of a folder of the same name, as far as the budget allows. What a test's module makes of the code
        as it is imported, such as the OpenAPI page, is in no record.
        """
        seconds = self._known.seconds
        left = budget - sum(seconds.get(each, 0.0) for each in chosen)
        if budget and left <= 0:
            return []
        folder = Path(mutant.file).parent.name
        others = {test for test in seconds if Path(file_of(test)).parent.name == folder}
        return ordered(others - self._known.red - set(chosen), seconds, max(left, 0.0))

    def _names(self, mutant: Mutant) -> list[str]:
        """What the statement defines, and the class or function that it is in."""
        # Of a method the class: many have one of its name.
        names = [each for each in mutant.function.split(".")[:1] if each != "(module)"]
        if name := self._defined.get((mutant.file, mutant.line)):
            names.append(name)
        return list(dict.fromkeys(names))

    def _built_of(self, names: list[str]) -> list[str]:
        """These, and what imports build of them: of an example the operation, of the operation the list of all."""
        for name in names:
            for file, line in sorted(self._lines.get(name, set())):
                # What every function calls its handler says nothing.
                built = "" if file.startswith("functions/") else self._defined.get((file, line))
                if built and built not in names and line in self._known.at_import.get(file, ()):
                    names.append(built)  # the loop goes on with it
        return names

    def _few_files(self, tests: list[str], first: Sequence[set[str]], budget: float) -> list[str]:
        """Of as many files as the budget allows: those that name it, then those that run it, then the others."""
        files = sorted(dict.fromkeys(map(file_of, tests)), key=lambda file: [file not in each for each in first])
        kept = set(files[: int(budget / _SECONDS_PER_FILE) + 1] if budget else files)
        return [test for test in tests if file_of(test) in kept]
