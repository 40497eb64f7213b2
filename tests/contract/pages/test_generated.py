"""What a program wrote is what it would write now."""

from __future__ import annotations

import pytest

from generate.__main__ import FILES
from tests.support.tables import ROOT


@pytest.mark.parametrize("path", FILES)
def test_a_generated_file_is_as_make_generate_would_write_it(path: str) -> None:
    assert (ROOT / path).read_text() == FILES[path](), f"{path} is out of date: run make generate"
