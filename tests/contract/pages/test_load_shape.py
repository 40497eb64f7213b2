"""docs/load-shape.md says what the simulation says of the packing and the keys as they are now."""

from __future__ import annotations

from itertools import product

import pytest

from tests.support.load_shape.page import LANES, SALES, found, graphs, page, town
from tests.support.load_shape.simulation import Load, simulate
from tests.support.tables import ROOT
from tests.support.thorough import only

pytestmark = pytest.mark.slow


@pytest.mark.thorough
def test_the_page_and_its_graphs_are_those_of_the_simulation() -> None:
    """If not: make load-shape."""
    seen = found()
    assert (ROOT / "docs/load-shape.md").read_text() == page(seen)
    for name, text in graphs(seen).items():
        assert (ROOT / "docs" / name).read_text() == text


def test_a_process_alone_meets_nobody() -> None:
    assert simulate(Load([100], 1, 1)).cancelled == 0


@pytest.mark.parametrize(("lanes", "seed"), only(product((8, 16, 40), range(5)), (16, 0)))
def test_few_of_a_busy_enterprise_s_transactions_are_cancelled(lanes: int, seed: int) -> None:
    """As deployed: under a twentieth, at every rate. And the hottest partition stays below what one takes."""
    for sales in SALES:
        seen = simulate(Load([sales], lanes, 1, branches=2500), seed)
        assert seen.cancelled < seen.tries / 20
        assert max(seen.partitions.values()) / 20 < 300


def test_processes_that_do_not_keep_their_rows_meet_more_often() -> None:
    kept, anew = (simulate(Load([1000], 16, 1, kept=kept)) for kept in (True, False))
    assert kept.cancelled < anew.cancelled / 5


@pytest.mark.parametrize("lanes", only(LANES, 16))
def test_a_thousand_enterprises_rarely_meet_themselves(lanes: int) -> None:
    seen = town(lanes)
    assert seen.cancelled < seen.tries / 20
