"""What the scan of the template leaves out: each check once, with its reason beside it."""

from __future__ import annotations

import re

from tests.support.tables import ROOT

LINES = (ROOT / "requirements/checkov.yaml").read_text().partition("skip-check:\n")[2].splitlines()


def test_every_check_that_is_left_out_has_its_reason() -> None:
    reasons: list[str] = []
    for line in LINES:
        if line.strip().startswith("#"):
            reasons.append(line)
        else:
            assert re.fullmatch(r"  - CKV_AWS_\d+", line), line
            assert len("".join(reasons)) > 40, line
            reasons = []


def test_no_check_is_left_out_twice() -> None:
    names = [line.strip() for line in LINES if line.strip().startswith("- ")]
    assert len(names) == len(set(names))
