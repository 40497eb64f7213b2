"""The way of a purchase fact through the code, as `docs/architecture.md` describes it: few steps lead back.

A step is a function of this system, at its first call. A step leads back if its module was left before. Lambdas and
comprehensions are parts of a step. Methods of the domain's values (an order, an account, a phone) are no steps, nor is
what the client of DynamoDB does within a call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from tests.operations.conftest import LAYLA, MONEY, Shop

MOST_RETURNS = 9
"""A ratchet: lower it when the way gets straighter."""


def steps(act: Callable[[], object]) -> list[tuple[str, str]]:
    """The module and the name of each function that `act` calls, at its first call."""
    seen: dict[tuple[str, str], None] = {}

    def note(frame: FrameType, event: str, _arg: Any) -> None:
        module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_qualname
        is_part = name.rpartition(".")[2].startswith(("<", "__"))
        is_of_value = module.startswith("customers.domain.") and "." in name
        is_client = module.startswith("customers.store.dynamodb.lean.")
        is_other = is_part or is_of_value or is_client
        if event == "call" and module.startswith(("customers.", "events.")) and not is_other:
            seen.setdefault((module, name))

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return [*seen]


def returns(walk: list[tuple[str, str]]) -> list[str]:
    """The steps that lead back to a module that was left."""
    back, left, at = [], set[str](), ""
    for module, name in walk:
        if module != at:
            if module in left:
                back.append(f"{module}.{name}")
            left.add(at)
            at = module
    return back


def test_few_steps_of_a_purchase_fact_lead_back(shop: Shop) -> None:
    shop.told("purchase.completed", LAYLA, purchase_id="p1", amount_minor=4500, **MONEY)
    walk = steps(lambda: shop.told("purchase.completed", LAYLA, purchase_id="p2", amount_minor=4500, **MONEY))
    assert len(returns(walk)) <= MOST_RETURNS, returns(walk)
