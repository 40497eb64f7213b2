"""`python -m tests.support.load_shape` writes docs/load-shape.md and its graphs."""

from __future__ import annotations

from tests.support.load_shape.page import found, graphs, page
from tests.support.tables import ROOT

if __name__ == "__main__":
    seen = found()
    (ROOT / "docs/load-shape.md").write_text(page(seen))
    for name, text in graphs(seen).items():
        (ROOT / "docs" / name).write_text(text)
