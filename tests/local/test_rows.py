"""A table's rows: packed or not, they are what was written; and their keys are in order."""

from __future__ import annotations

import copy
import string
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from local.emulator import rows
from local.emulator.rows import Partition, Rows

KEYS = st.text(string.ascii_lowercase[:3] + "é", min_size=1, max_size=2)
VALUES = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"S": st.text()}),
        st.fixed_dictionaries({"N": st.integers().map(str)}),
        st.just({"NULL": True}),
        st.just({"SS": ["a", "b"]}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(KEYS, inner, max_size=3)}),
    ),
    max_leaves=5,
)
ROWS = st.dictionaries(st.sampled_from(["pk", "ttl", "attribute", "ü"]), VALUES, max_size=3)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most rows are packed, and most keys are kept in order."""
    monkeypatch.setattr(rows, "STAY_UNPACKED", 3)
    monkeypatch.setattr(rows, "FEW", 2)


class Table(RuleBasedStateMachine):
    """Beside the dicts that the emulator would have."""

    def __init__(self) -> None:
        super().__init__()
        self.usual: dict[str, dict[str, Any]] = defaultdict(dict)
        self.mine = Rows(dict)

    @rule(pk=KEYS, sk=KEYS, row=ROWS)
    def write(self, pk: str, sk: str, row: dict[str, Any]) -> None:
        for each in (self.usual, self.mine):
            each.setdefault(pk, {})[sk] = row

    @rule(pk=KEYS, sk=KEYS)
    def delete(self, pk: str, sk: str) -> None:
        found = [each.get(pk, {}).pop(sk, None) for each in (self.usual, self.mine)]
        assert found[0] == found[1]
        for each in (self.usual, self.mine):
            if pk in each and not each[pk]:
                del each[pk]

    @rule()
    def replace(self) -> None:
        self.mine = Rows(dict, copy.deepcopy(dict(self.mine)))

    @rule(pk=KEYS)
    def look(self, pk: str) -> None:
        assert (pk in self.mine, len(self.mine)) == (pk in self.usual, len(self.usual))
        assert [each for each in self.mine.in_order() if each in self.mine] == sorted(self.usual)
        if partition := self.mine.get(pk):
            assert [each for each in partition.in_order() if each in partition] == sorted(self.usual[pk])

    @rule(attribute=st.sampled_from(["ttl", "ü", "unknown"]))
    def find(self, attribute: str) -> None:
        for pk, partition in self.mine.items():
            found = dict(partition.that_may_have(attribute))
            having = {sk: row for sk, row in self.usual[pk].items() if attribute in row}
            assert having.items() <= {sk: self.usual[pk][sk] for sk in found}.items()
            assert found == {sk: self.usual[pk][sk] for sk in found}

    @invariant()
    def same(self) -> None:
        assert {pk: dict(of_pk) for pk, of_pk in self.mine.items()} == dict(self.usual)
        assert [list(of_pk) for of_pk in self.mine.values()] == [list(of_pk) for of_pk in self.usual.values()]


TestTable = Table.TestCase


@given(st.dictionaries(KEYS, ROWS, min_size=5, max_size=9))
def test_rows_that_were_written_first_are_packed(content: dict[str, dict[str, Any]]) -> None:
    partition = Partition(content)
    packed = [key for key, held in partition._held.items() if isinstance(held, bytes)]
    assert packed == list(content)[: len(content) - rows.STAY_UNPACKED]
