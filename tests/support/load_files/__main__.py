"""`python -m tests.support.load_files` writes docs/files.md."""

from tests.support.load_files.page import page
from tests.support.tables import ROOT

if __name__ == "__main__":
    (ROOT / "docs/files.md").write_text(page())
