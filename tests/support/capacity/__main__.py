"""`python -m tests.support.capacity` writes docs/capacity.md; `… batches` prints what purchases in batches cost."""

from __future__ import annotations

import json
import sys

import tests.conftest  # noqa: F401 - the environment of the functions
from tests.support.capacity.counting import counted
from tests.support.capacity.page import page
from tests.support.tables import ROOT

if __name__ == "__main__":
    bills, batches, load = counted()
    if sys.argv[1:] == ["batches"]:
        print(json.dumps([each.figures() for each in batches]))
    else:
        (ROOT / "docs/capacity.md").write_text(page(bills, batches, load))
