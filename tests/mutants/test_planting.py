"""Which faults are planted, and what they are called."""

from __future__ import annotations

import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from mutants.baseline import Baseline, Known
from mutants.faults import python_code
from mutants.faults.planting import FUNCTIONS, LAYERS, ROOMS, _python, sample
from mutants.mutant import Mutant, diff
from mutants.running.type_checks import noticed
from tests.support.tables import ROOT

FILE = "layers/common/python/customers/store/notes.py"


def planted(root: Path, source: str, file: str = FILE) -> dict[str, Mutant]:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(source))
    return {each.mutation: each for each in python_code.mutants_of(root, file, "store")}


@pytest.mark.parametrize(
    ("line", "mutations"),
    [
        ("return a < b", ["comparison: a < b → a <= b", "comparison: a < b → a >= b"]),
        ("return a == 1", ["comparison: a == 1 → a != 1", "constant: a == 1 → a == 2"]),
        (
            "return a and b",
            ["boolean: a and b → a or b", "negate: a and b → not a and b", "negate: a and b → a and (not b)"],
        ),
        ("return [*zip(a, strict=True)]", []),
        ("return min(a)", ["opposite: min(a) → max(a)"]),
        ("g(a, b)", ["drop statement: g(a, b)", "swap arguments: g(a, b) → g(b, a)"]),
        ("raise KeyError", ["drop raise: raise KeyError"]),
        ("a.x = b", ["drop statement: a.x = b"]),
        ("return f(Limit=a)", ["drop parameter: Limit=a"]),
        ("return f'{a + b}'", ["arithmetic: a + b → a - b"]),
    ],
)
def test_a_line_has_these_faults(tmp_path: Path, line: str, mutations: list[str]) -> None:
    found = planted(tmp_path, f"def f(a, b):\n    {line}\n")
    assert [each for each in found if not each.startswith("return nothing")] == mutations


WRITES = """
def write(table, row, once):
    writes = [
        put(table, row, "attribute_not_exists(pk) OR owner = :me", {}),
        *noted(once),
    ]
    commit(writes)
"""


def test_each_item_and_each_condition_of_a_transaction_is_dropped(tmp_path: Path) -> None:
    found = planted(tmp_path, WRITES)
    transaction = [each.mutation.split(":")[0] for each in found.values() if each.severity == "transaction"]
    assert transaction == ["drop item", "drop item", "drop condition", *["drop part of condition"] * 4]


def test_an_update_has_a_condition_too(tmp_path: Path) -> None:
    source = 'def f(table, key):\n    yield update(table, key, "SET a = :a", "b = :b", {})\n'
    found = planted(tmp_path, source)
    transaction = {each.mutation.split(":")[0] for each in found.values() if each.severity == "transaction"}
    assert transaction == {"drop item", "drop condition"}
    (dropped,) = (each for each in found.values() if each.mutation.startswith("drop condition"))
    _, after = python_code.sides(tmp_path, dropped)
    assert "'SET a = :a', 'attribute_exists(pk) OR attribute_not_exists(pk) OR ' + '(' + 'b = :b' + ')'" in after


def test_every_module_is_in_a_room_that_can_be_asked_for() -> None:
    rooms = dict(_python(ROOT))
    assert {ROOT / file for file in rooms} == {
        path for folder in (LAYERS, FUNCTIONS) for path in (ROOT / folder).rglob("*.py")
    }
    assert set(rooms.values()) | {"template", "workflow", "iam"} == set(ROOMS)


def test_a_dropped_condition_holds_always_and_still_uses_its_placeholders(tmp_path: Path) -> None:
    found = planted(tmp_path, WRITES)
    (dropped,) = (each for each in found.values() if each.mutation.startswith("drop condition"))
    written: list[object] = []
    names: dict[str, Any] = {
        "put": lambda *arguments: arguments,
        "noted": lambda _: (),
        "commit": written.extend,
    }
    exec(python_code.code_of(tmp_path, dropped), names)
    names["write"]("t", {}, None)
    assert written == [
        (
            "t",
            {},
            "attribute_exists(pk) OR attribute_not_exists(pk) OR (attribute_not_exists(pk) OR owner = :me)",
            {},
        )
    ]


def test_a_fault_of_an_item_shows_as_a_line_that_goes(tmp_path: Path) -> None:
    found = planted(tmp_path, "def f(kept):\n    kept.clear()\n    return kept\n")
    assert diff(*python_code.sides(tmp_path, found["drop statement: kept.clear()"])) == ["- kept.clear()"]


def test_the_same_mutation_twice_in_a_function_is_numbered(tmp_path: Path) -> None:
    found = planted(tmp_path, "def f(a):\n    g(a)\n    g(a)\n")
    assert list(found) == ["drop statement: g(a)", "drop statement: g(a) #2"]


def test_a_mutant_keeps_its_key_when_its_lines_and_its_module_move(tmp_path: Path) -> None:
    source = "class Notes:\n    def add(self, a):\n        return a + 1\n"
    before = planted(tmp_path, source)
    after = planted(tmp_path, f"import os\n\n\n{source}", FILE.replace("notes", "records/kept"))
    assert [each.key for each in before.values()] == [each.key for each in after.values()]
    assert {each.function for each in after.values()} == {"Notes.add"}


def test_what_runs_at_import_is_known(tmp_path: Path) -> None:
    found = planted(tmp_path, "LIMIT = 5\n\n\ndef f(a=6):\n    return 7\n")
    assert {each.mutation for each in found.values() if each.imports} == {
        "constant: LIMIT = 5 → LIMIT = 6",
        "constant: def f(a=6): → def f(a=7):",
    }


def test_what_says_of_which_type_something_is_has_no_faults(tmp_path: Path) -> None:
    assert (
        planted(tmp_path, "X: Literal[1, 2]\nY = Callable[[int, str], None]\n@dataclass(frozen=True)\nclass A: ...\n")
        == {}
    )


def _mutant(function: str, mutation: str, module: str = "a") -> Mutant:
    return Mutant(f"x/{module}.py", "store", function, mutation, "logic", 1, None)


def test_a_sample_is_the_same_each_time_and_hardly_changes_with_the_code() -> None:
    mutants = [_mutant("f", str(number)) for number in range(200)]
    chosen = sample(mutants, 20, "13")
    assert chosen == sample(reversed(mutants), 20, "13")
    assert chosen != sample(mutants, 20, "14")
    more = sample([*mutants, *(_mutant("g", str(number)) for number in range(20))], 20, "13")
    assert len(set(more) & set(chosen)) >= 15


def test_a_known_mutant_is_known_wherever_its_module_went() -> None:
    baseline = Baseline([Known("f", "m", "why")])
    moved = _mutant("f", "m", "elsewhere")
    assert baseline.find(moved, [moved])
    assert not baseline.find(_mutant("f", "other"), [])


def test_where_two_modules_hold_the_same_mutation_the_one_that_is_named_is_known() -> None:
    baseline = Baseline([Known("f", "m", "why", module="a")])
    one, other = _mutant("f", "m", "a"), _mutant("f", "m", "b")
    assert baseline.find(one, [one, other])
    assert not baseline.find(other, [one, other])


def test_a_module_that_was_renamed_keeps_what_is_known_while_it_is_the_only_one() -> None:
    baseline = Baseline([Known("f", "m", "why", module="a")])
    renamed, other = _mutant("f", "m", "b"), _mutant("f", "m", "c")
    assert baseline.find(renamed, [renamed])
    assert not baseline.find(renamed, [renamed, other])


def test_an_entry_of_which_there_is_no_mutation_any_more_is_named() -> None:
    entry = Known("f", "m", "why")
    assert Baseline([entry]).gone([_mutant("f", "other")]) == [entry]
    assert Baseline([entry]).gone([_mutant("f", "m")]) == []


@pytest.mark.slow
def test_mypy_is_shown_what_no_test_notices(tmp_path: Path) -> None:
    source = "def much(value: int) -> bool:\n    return value > 3\n"
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    found = planted(tmp_path, source, "code.py")
    assert len(found) == 4
    wrong = [each.mutation for each in noticed(tmp_path, [*found.values()])]
    assert wrong == ["return nothing: return value > 3 → return None"]
    planted(tmp_path, source.replace("3\n", "3  # type: ignore[operator]\n"), "code.py")
    assert not [*noticed(tmp_path, [*found.values()])]
