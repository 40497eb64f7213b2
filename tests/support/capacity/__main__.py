"""`python -m tests.support.capacity` writes docs/capacity.md."""

from __future__ import annotations

import tests.conftest  # noqa: F401 - the environment of the functions
from tests.support.capacity.counting import counted
from tests.support.capacity.page import page
from tests.support.tables import ROOT

if __name__ == "__main__":
    (ROOT / "docs/capacity.md").write_text(page(counted()))
