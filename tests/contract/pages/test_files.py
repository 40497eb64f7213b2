"""docs/files.md says what the check says now, of twenty files and more."""

from __future__ import annotations

from tests.support.load_files.page import RIGHT, WRONG, page
from tests.support.tables import ROOT


def test_the_page_says_of_each_file_what_the_check_says() -> None:
    """If not: make load-files."""
    text = page()
    assert (ROOT / "docs/files.md").read_text() == text
    assert len(RIGHT) + len(WRONG) >= 20
    assert len(WRONG) >= len(RIGHT)
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| the file")]
    # Who is right gets both customers, and who is wrong neither.
    assert ["2 facts" in row for row in rows] == [True] * len(RIGHT) + [False] * len(WRONG)


def test_no_row_of_a_wrong_file_quotes_a_cell() -> None:
    said = [row.rpartition(" | ")[2] for row in page().split("## Refused")[1].splitlines()]
    assert not [planted for planted in ("Layla", "Omar", "6600", "9.7433", "1.005", "4915") if planted in str(said)]
