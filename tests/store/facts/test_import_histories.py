"""Two people with imports and with history that is in them, told in any order and merged at any time: sums add up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.books import Town
from tests.support.facts import LAYLA, OMAR, Told, batches, histories
from tests.support.history import tell_all
from tests.support.identity.merging import merge
from tests.support.recount import recount

pytestmark = pytest.mark.slow

# Every example writes a history.
FEW = settings(max_examples=settings().max_examples // 5)
KINDS = ["customer.imported", "purchase.completed", "purchase.refunded", "balance.topped_up", "balance.spent"]


def of(phone: str, history: list[Told]) -> list[Told]:
    """The same history of another customer. All imports are from two sources, one each."""
    sources = iter(["old-pos", "loyalty-app"])
    told = []
    for kind, said in history:
        more: dict[str, Any] = {"customer": {"phone": phone}, "fact_id": f"{phone}-{said['fact_id']}"}
        if kind == "customer.imported":
            if not (source := next(sources, None)):
                continue
            # The ends of grants are another matter.
            more |= {"source": source, "grants": []}
        if not kind.startswith("promo."):
            told.append((kind, {**said, **more}))
    return told


@FEW
@given(st.data(), *[histories(facts=8, kinds=KINDS, included=True)] * 2)
def test_the_sums_of_a_merged_customer_are_those_of_two(
    town: Town, data: st.DataObject, first: list[Told], second: list[Told]
) -> None:
    books = town.newcomer()
    for phone in (LAYLA, OMAR):
        books.post("customer.verified", about=phone)
    parts = [of(LAYLA, first), of(OMAR, second)]
    told = [batch for part in parts if part for batch in data.draw(batches(part))]
    order = data.draw(st.permutations(told))
    cut = data.draw(st.integers(0, len(order)))
    tell_all(books, list(order[:cut]))
    merge(books, books.customer(LAYLA).customer_id, books.customer(OMAR).customer_id)
    tell_all(books, list(order[cut:]))

    layla, expected = books.customer(), [recount(part) for part in parts]
    assert layla.balance_minor == sum(each["balance_minor"] for each in expected)
    activities = [each["activity"] for each in expected]
    assert layla.activity.visit_count == sum(each.visit_count for each in activities)
    assert layla.activity.lifetime_spend_minor == sum(each.lifetime_spend_minor for each in activities)
    assert layla.activity.last_visit_at == max(
        (each.last_visit_at for each in activities if each.last_visit_at), default=None
    )
    assert books.rebuild.compare(books.enterprise, layla.customer_id, "QAR").differences == ()
