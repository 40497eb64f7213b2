"""Folders with some of the installed distributions, as each variant would be deployed with its own.

A folder each, because what else is installed costs too: pydantic, for one, opens the metadata of all that it sees.
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from py_compile import PycInvalidationMode


def folder_of(names: tuple[str, ...], into: Path, *, compiled: bool = True) -> str:
    """The folder with these distributions and what they need, and no more. Made once."""
    folder = into / "+".join([*names, "compiled" if compiled else "plain"])
    if not folder.exists():
        new = into / "new"
        shutil.rmtree(new, ignore_errors=True)
        for each in _needed(names):
            _link(each, new)
        if compiled:
            ship_byte_code(new)
        new.rename(folder)
    return str(folder)


def ship_byte_code(folder: Path) -> None:
    """As the product's build does, so that a ratio compares programs and not builds."""
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, maxlevels=40, quiet=2, workers=0, invalidation_mode=unchecked)


def _needed(names: tuple[str, ...]) -> list[Distribution]:
    """These, and again and again what they require."""
    found: dict[str, Distribution] = {}
    wanted = [distribution(name) for name in names]
    while wanted:
        each = wanted.pop()
        name = each.metadata["Name"].lower().replace("_", "-")
        if name not in found:
            found[name] = each
            wanted += _required(each)
    return list(found.values())


def _required(by: Distribution) -> Iterator[Distribution]:
    for requirement in by.requires or ():
        named = re.match(r"[\w.-]+", requirement)
        if named and "extra ==" not in requirement:
            try:
                yield distribution(named[0])
            except PackageNotFoundError:
                continue  # it is for another Python or machine, or the lock would have installed it


def _link(from_: Distribution, into: Path) -> None:
    """The files as they were installed, without byte code and commands, and without taking their room twice."""
    for file in from_.files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            (into / file).parent.mkdir(parents=True, exist_ok=True)
            os.link(str(from_.locate_file(file)), into / file)
