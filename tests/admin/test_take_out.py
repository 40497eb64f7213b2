"""Everything of an enterprise in files: not without the enterprise, and not while people come and go."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from admin.leaving import take_out
from admin.leaving.files import MANIFEST, Files
from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from tests.admin.conftest import Office, _table


@pytest.fixture
def stack(office: Office) -> Stack:
    more = {role: _table(office.stack.session, role) for role in ("customers", "derived", "erasures")}
    return replace(office.stack, tables={**office.stack.tables, **more})


def test_an_enterprise_without_customers_leaves_with_its_settings(stack: Stack, tmp_path: Path) -> None:
    assert take_out.run(stack, Namespace(enterprise="acme", folder=tmp_path / "out")) == 0
    said = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert (said["enterprise_id"], said["customers"], said["entries"]) == ("acme", 0, 0)
    assert {part["file"]: part["count"] for part in said["parts"]} == {"enterprise.jsonl": 3, "erasures.jsonl": 0}
    with pytest.raises(Refusal, match="There is no enterprise nobody"):
        take_out.run(stack, Namespace(enterprise="nobody", folder=tmp_path / "none"))


def test_a_folder_is_not_complete_if_somebody_came_meanwhile(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = iter([["usr_1"], ["usr_1", "usr_2"]])
    monkeypatch.setattr(take_out, "rebuild_of", lambda _stack: SimpleNamespace(customer_ids=lambda _id: next(seen)))
    with pytest.raises(Refusal, match="came or went meanwhile"):
        take_out.run(stack, Namespace(enterprise="acme", folder=tmp_path / "out"))
    assert not (tmp_path / "out" / MANIFEST).exists()


def test_values_are_written_as_plain_json() -> None:
    row = {
        "n": {"N": "12"},
        "f": {"N": "1.5"},
        "s": {"S": "x"},
        "b": {"BOOL": True},
        "l": {"L": [{"N": "1"}]},
        "m": {"M": {"a": {"S": "é"}}},
        "set": {"SS": ["b", "a"]},
    }
    assert {name: take_out._plain(value) for name, value in row.items()} == {
        "n": 12,
        "f": 1.5,
        "s": "x",
        "b": True,
        "l": [1],
        "m": {"a": "é"},
        "set": ["a", "b"],
    }


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(Refusal, match="is not empty"):
        Files(tmp_path)
