"""Forks, code that is swapped, lines that run, and the order of tests."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from mutants.faults import python_code
from mutants.mutant import Mutant
from mutants.running.choosing import References, behind, near, ordered
from mutants.running.coverage_map import Map, Recorder
from mutants.running.engine import Collected, each_in_a_fork, swap
from mutants.running.probes import Planted, Probes
from mutants.running.runner import Warm

SOURCE = '''"""Says what it does."""

def calm(value):
    if value > 3:
        return "much"
    return "little"
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"planted_{os.getpid()}"
    (tmp_path / f"{name}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = list(sys.meta_path)
    yield name
    sys.meta_path[:] = before
    sys.modules.pop(name, None)


def _imported(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_what_forks_do_comes_back_and_changes_nothing_here() -> None:
    here: list[int] = []

    def work(job: int) -> int:
        here.append(job)
        return job * 2

    assert sorted(each_in_a_fork([1, 2, 3], work, lambda _: 5, 2)) == [(1, 2), (2, 4), (3, 6)]
    assert here == []


def test_a_fork_that_dies_is_told_from_one_that_takes_too_long() -> None:
    def work(job: str) -> None:
        while job == "long":
            pass
        raise ValueError(job)

    found = dict(each_in_a_fork(["long", "broken"], work, lambda _: 1, 2))
    assert (found["long"][0], found["broken"][0]) == ("timeout", "died")


def test_live_functions_take_the_code_of_a_mutant(tmp_path: Path, module: str) -> None:
    calm = _imported(module).calm
    mutants = python_code.mutants_of(tmp_path, f"{module}.py", "domain")
    (least,) = (each for each in mutants if each.mutation == "comparison: value > 3 → value >= 3")
    gc.freeze()  # as conftest.py does when all tests are imported
    assert swap(str(tmp_path / f"{module}.py"), python_code.code_of(tmp_path, least))
    assert (calm(3), calm(2)) == ("much", "little")


def test_a_test_that_imports_the_module_anew_meets_the_mutant_too(tmp_path: Path, module: str) -> None:
    file = f"{module}.py"
    (least,) = (
        each for each in python_code.mutants_of(tmp_path, file, "domain") if "value > 3 → value >= 3" in each.mutation
    )
    tests = [f"tests/test_calm.py::{each}" for each in ("alive", "anew")]
    known = Map(dict.fromkeys(tests, 0.1))
    known.tests[file][least.line].update(tests)
    calm = _imported(module).calm
    met = []

    class Ran(Collected):
        def run(self, names: Iterable[str]) -> None:
            del sys.modules[module]
            met.extend([calm(3), _imported(module).calm(3)])

    assert Warm(Ran(lambda _: None), tmp_path, known, 40.0).work(least) == ("survived", "")
    assert met == ["much", "much"]


def test_a_module_is_imported_with_a_fault_in_it(tmp_path: Path, module: str) -> None:
    path = str(tmp_path / f"{module}.py")
    code = compile("calm = 1", path, "exec")
    sys.meta_path.insert(0, Planted(lambda origin: (code, {}) if origin == path else None))
    assert _imported(module).calm == 1


def test_probes_tell_which_lines_ran(tmp_path: Path, module: str) -> None:
    probes = Probes(tmp_path, (f"{module}",))
    probes.install()
    calm = _imported(module).calm
    assert probes.take() == {f"{module}.py": [3]}
    assert calm(4) == "much"
    assert probes.take() == {f"{module}.py": [4, 5]}
    assert probes.take() == {}


def test_quick_tests_come_first_and_those_of_a_file_together() -> None:
    seconds = {"a::slow": 3.0, "a::1": 0.1, "b::1": 0.01, "a::2": 0.2, "b::2": 0.02, "b::slow": 2.0}
    order = ["b::1", "b::2", "a::1", "a::2", "b::slow", "a::slow"]
    assert ordered(set(seconds), seconds, budget=0) == order
    assert ordered(set(seconds), seconds, budget=2.5) == order[:5]


def test_those_of_the_mutants_own_capability_and_module_come_before_all_others() -> None:
    mutant = Mutant("layers/x/store/erasure/sealing.py", "store", "f", "drop item", "transaction", 1, None)
    own, races, other = (f"tests/operations/{folder}/test_it.py::it" for folder in ("erasure", "concurrency", "stats"))
    module = "tests/store/test_sealing.py::it"
    seconds = {own: 9.0, module: 8.0, races: 30.0, other: 0.1}
    assert ordered(set(seconds), seconds, 60, near(mutant)) == [module, own, races, other]
    assert ordered(set(seconds), seconds, 60, near(replace(mutant, severity="logic"))) == [module, own, other, races]


def test_those_that_go_the_rarest_way_from_the_line_come_first() -> None:
    mutant = Mutant("rule.py", "store", "f", "comparison", "logic", 5, None)
    seconds = {f"tests/a.py::{each}": 0.1 for each in range(9)} | {"tests/z.py::late": 9.0}
    known = Map(seconds)
    known.tests["rule.py"][5].update(seconds)
    known.tests["rule.py"][6].add("tests/z.py::late")
    known.tests["rule.py"][7].update(seconds)
    chosen = ordered(set(seconds), seconds, 40, behind=behind(mutant, known))
    assert (chosen[0], len(chosen)) == ("tests/z.py::late", 10)
    known.tests["rule.py"][6].update(seconds)
    assert behind(mutant, known) == frozenset()


def test_what_a_module_builds_as_it_is_imported_its_own_tests_are_asked_about(tmp_path: Path) -> None:
    store, door = "layers/common/python/customers/store/things.py", "functions/door.py"
    for file, source in (
        (store, "class Things:\n    @classmethod\n    def connect(cls):\n        return cls()\n"),
        (door, "things = Things.connect()\n\ndef handler():\n    return things\n"),
    ):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(source)
    test = "tests/operations/test_door.py::it_opens"
    known = Map({test: 0.1}, {door: {4: {test}}}, at_import={store: {1, 4}, door: {1, 3}})
    mutant = Mutant(store, "store", "Things.connect", "return nothing", "logic", 4, None)
    assert References(tmp_path, known).tests(mutant, 40) == [test]


def test_of_an_example_those_are_asked_that_name_what_imports_build_of_it(tmp_path: Path) -> None:
    base = "layers/common/python/customers"
    for file, source in (
        (f"{base}/wire/thing.py", "EXAMPLE = {'a': 1}\n"),
        (f"{base}/catalogue/thing.py", "from wire.thing import EXAMPLE\n\nTHING = Operation(EXAMPLE)\n"),
        (f"{base}/catalogue/every.py", "OPERATIONS = [THING]\n"),
        ("tests/edge/test_page.py", "assert OPERATIONS\n"),
        ("tests/edge/test_other.py", "assert EXAMPLES\n"),
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(source)
    page, other = "tests/edge/test_page.py::it_is_whole", "tests/edge/test_other.py::it_is"
    everything, template = "tests/contract/test_all.py::they_are", "tests/contract/template/test_all.py::they_are"
    at_import = {f"{base}/{file}": {1, 3} for file in ("wire/thing.py", "catalogue/thing.py", "catalogue/every.py")}
    known = Map({page: 0.1, other: 0.1, everything: 0.2, template: 0.1}, at_import=at_import)
    mutant = Mutant(f"{base}/wire/thing.py", "wire", "(module)", "drop entry", "logic", 1, None)
    # The others are the tests that look at all code.
    assert References(tmp_path, known).tests(mutant, 40) == [page, everything]


def test_those_that_look_at_all_code_leave_room_for_those_that_run_it(tmp_path: Path) -> None:
    code = "layers/common/python/customers/store/sums.py"
    (tmp_path / code).parent.mkdir(parents=True)
    (tmp_path / code).write_text("BLOCK = 38\n\ndef first():\n    return BLOCK\n")
    own = "tests/operations/test_stats.py::it_adds_up"
    everything = [f"tests/contract/test_{number:02}.py::they_are" for number in range(30)]
    known = Map({own: 0.3, **dict.fromkeys(everything, 0.01)}, {code: {4: {own}}}, at_import={code: {1, 3}})
    mutant = Mutant(code, "store", "(module)", "constant", "number", 1, None)
    assert References(tmp_path, known).tests(mutant, 5) == [own, *everything]


def test_what_a_function_calls_its_variables_names_no_test(tmp_path: Path) -> None:
    code = "layers/common/python/customers/edge/keys.py"
    source = "def usable(keys):\n    found = [each for each in keys if _is_usable(each)]\n    return found\n\n"
    for file, text in (
        (code, f"{source}def _is_usable(key):\n    return len(key) > 3\n"),
        ("tests/edge/test_keys.py", "assert usable(['long'])\n"),
        ("tests/edge/test_other.py", "found = 1\n"),
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    own, other = "tests/edge/test_keys.py::it_is_found", "tests/edge/test_other.py::it_is"
    lines = {code: {2: {own}, 6: {own}}}
    known = Map({own: 0.1, other: 0.1}, lines, at_import={code: {1, 2, 3, 5, 6}})
    mutant = Mutant(code, "edge", "_is_usable", "comparison", "logic", 6, None)
    assert own in References(tmp_path, known).tests(mutant, 40)
    assert other not in References(tmp_path, known).tests(mutant, 0.1)


def test_of_what_a_test_makes_as_it_is_imported_those_of_the_same_folder_are_asked_last(tmp_path: Path) -> None:
    code = "layers/common/python/customers/edge/openapi/answers.py"
    (tmp_path / code).parent.mkdir(parents=True)
    (tmp_path / code).write_text("LATER = (409,)\n\ndef answers():\n    return LATER\n")
    running, page = "tests/operations/test_answers.py::it_runs", "tests/edge/openapi/test_page.py::it_is_whole"
    known = Map({running: 0.3, page: 0.1}, {code: {4: {running}}}, at_import={code: {1, 3}})
    mutant = Mutant(code, "edge", "(module)", "constant", "number", 1, None)
    assert References(tmp_path, known).tests(mutant, 40) == [running, page]
    assert References(tmp_path, known).tests(mutant, 0.2) == [running]


def test_a_record_is_good_until_what_its_tests_ran_changes(tmp_path: Path) -> None:
    test, code = tmp_path / "tests/x/test_it.py", tmp_path / "code.py"
    test.parent.mkdir(parents=True)
    for each in (test, code):
        each.write_text("1")
    recorded = {"tests": ["t"], "seconds": [0.1], "red": [], "lines": {"code.py": {"1": [0]}}}
    Recorder(tmp_path).keep("tests/x/test_it.py", recorded)
    assert Recorder(tmp_path).kept("tests/x/test_it.py")
    (tmp_path / "other.py").write_text("2")
    assert Recorder(tmp_path).kept("tests/x/test_it.py")
    code.write_text("2")
    assert Recorder(tmp_path).kept("tests/x/test_it.py") is None
