"""`python -m tests.support.load_shape` writes docs/load-shape.md and docs/load-shape.svg."""

from __future__ import annotations

from tests.support.load_shape.page import curves, graph, page
from tests.support.tables import ROOT

if __name__ == "__main__":
    found = curves()
    (ROOT / "docs/load-shape.md").write_text(page(found))
    (ROOT / "docs/load-shape.svg").write_text(graph(found))
