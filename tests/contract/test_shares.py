"""Of the processes that share the tests each file has some, and no file is left out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.shares import is_for
from tests.support.tables import ROOT

FILES = sorted((ROOT / "tests").rglob("test_*.py"))


def process(number: int, count: int, *asked: str) -> Any:
    """The configuration of one of so many."""
    own = {"workerid": f"gw{number}", "workercount": count}
    directory = SimpleNamespace(dir=ROOT)
    return SimpleNamespace(workerinput=own, rootpath=ROOT, args=list(asked), invocation_params=directory)


@pytest.mark.parametrize("count", range(1, 8))
def test_every_file_is_collected(count: int) -> None:
    for file in FILES:
        collect = [number for number in range(count) if is_for(process(number, count, "tests"), file)]
        assert collect, file
        # Its folders are gone through, too.
        for folder in list(file.parents)[: len(file.relative_to(ROOT).parents) - 1]:
            assert all(is_for(process(number, count, "tests"), folder) for number in collect), folder
        # Nobody but one alone has a stack's tests beside those in memory.
        assert (0 in collect) == ("e2e" in file.parts) or count == 1


def test_who_is_asked_for_a_part_collects_all() -> None:
    for file in FILES:
        assert all(is_for(process(number, 3, "tests/e2e"), file) for number in range(3))
        assert all(is_for(process(number, 3, "tests/store", "tests/wire/"), file) for number in range(3))
