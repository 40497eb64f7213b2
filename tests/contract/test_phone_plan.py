"""The table that spares a lookup the phone library is what that library says."""

from __future__ import annotations

from customers.domain.identifiers import phone_plan
from generate.phone_plan import plan


def test_the_plan_is_what_the_installed_library_gives() -> None:
    assert plan() == phone_plan.PLAN
