"""Where faults are planted, and which of them a run takes."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from mutants.faults import python_code, yaml_files
from mutants.mutant import Mutant

LAYERS = Path("layers/common/python/customers")
FUNCTIONS = Path("functions")
BESIDE = "shared"
"""The room of the modules that stand beside the layers."""
ROOMS = ("domain", "store", "edge", "wire", "catalogue", BESIDE, "functions", "template", "workflow", "iam")


def planted(root: Path, rooms: frozenset[str]) -> Iterator[Mutant]:
    """All faults of some rooms, or of all. A room is a layer, or any folder inside one."""
    generated = set(tomllib.loads((root / "pyproject.toml").read_text())["tool"]["ruff"]["extend-exclude"])
    for file, room in _python(root):
        if file not in generated and _wanted(rooms, room, file):
            yield from python_code.mutants_of(root, file, room)
    if not rooms or rooms & {"template", "iam"}:
        found = yaml_files.mutants_of(root, yaml_files.TEMPLATE, workflow=False)
        yield from (each for each in found if not rooms or each.room in rooms)
    if not rooms or "workflow" in rooms:
        for path in sorted((root / FUNCTIONS).rglob("*.asl.yaml")):
            yield from yaml_files.mutants_of(root, str(path.relative_to(root)), workflow=True)


def _python(root: Path) -> Iterator[tuple[str, str]]:
    for folder in (LAYERS, FUNCTIONS):
        for path in sorted((root / folder).rglob("*.py")):
            inside = path.relative_to(root / folder).parts
            room = "functions" if folder == FUNCTIONS else inside[0] if len(inside) > 1 else BESIDE
            yield str(path.relative_to(root)), room


def _wanted(rooms: frozenset[str], room: str, file: str) -> bool:
    return not rooms or room in rooms or bool(rooms & set(Path(file).parts[:-1]))


def sample(mutants: Iterable[Mutant], how_many: int, seed: str) -> list[Mutant]:
    """Some of them. Which ones depends on what they say and not on how many there are or where they lie, so that
    a change of the code puts few others into the sample than those that it made.
    """
    chosen = sorted(
        mutants, key=lambda each: hashlib.sha256(f"{seed} {each.function} {each.mutation}".encode()).digest()
    )
    return chosen[:how_many] if how_many else chosen
