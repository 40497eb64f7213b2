"""docs/load-shape.md says what the simulation says of the packing and the keys as they are now."""

from __future__ import annotations

import pytest

from tests.support.load_shape.page import curves, graph, page
from tests.support.load_shape.simulation import Load, simulate
from tests.support.tables import ROOT

pytestmark = pytest.mark.slow


def test_the_page_and_its_graph_are_those_of_the_simulation() -> None:
    """If not: make load-shape."""
    found = curves()
    assert (ROOT / "docs/load-shape.md").read_text() == page(found)
    assert (ROOT / "docs/load-shape.svg").read_text() == graph(found)


def test_a_lane_alone_meets_nobody() -> None:
    assert simulate(Load(100, 1, 1)).cancelled == 0


def test_more_rows_or_a_window_make_fewer_conflicts() -> None:
    few, rows, window = (simulate(Load(500, 8, *more)).cancelled for more in ((4,), (16,), (4, 1)))
    assert rows < few / 1.5
    assert window < few / 5
