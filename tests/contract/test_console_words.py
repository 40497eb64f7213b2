"""The console has a word for everything that the API names: nobody reads `none_met` on a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import get_args

import pytest

from customers.catalogue.every import OPERATIONS
from customers.domain.activity_log import Outcome as Result
from customers.domain.customers.badge import Badge, Rule
from customers.domain.customers.profile import Outcome, State
from customers.domain.erasure.plan import Kind, Status
from customers.domain.events.recorded import EVENT_TYPES
from customers.wire.facts.types import FACTS
from tests.support.tables import ROOT

WORDS = set(re.findall(r'^  "?([\w.]+)"?: ', (ROOT / "web/pages/console/words.js").read_text(), re.MULTILINE))
RECORDED = {each.name for each in OPERATIONS if each.permission} - {"stats"}
"""Every operation that an administrator needs a permission for is in the activity log, stats apart."""


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("badge_", get_args(Badge)),
        ("rule_", get_args(Rule)),
        ("state_", get_args(State)),
        ("done_", get_args(Outcome)),
        ("outcome_", (*get_args(Outcome), "escalated")),
        ("kind_", get_args(Kind)),
        ("estatus_", get_args(Status)),
        ("result_", get_args(Result)),
        ("op_", RECORDED),
        (
            "fact_",
            (
                *FACTS,
                *EVENT_TYPES,
                "session_identified",
                *(f"customer.{x}" for x in ("corrected", "merged", "unmerged")),
            ),
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_each_name_has_its_word(prefix: str, names: Iterable[str]) -> None:
    assert names
    assert {f"{prefix}{each}" for each in names} - WORDS == set()
