"""Whole histories through the tables: what they hold is what a recount of the facts says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.books import CUSTOMERS, RECORDS, Town
from tests.support.facts import INSTANTS, LAYLA, OMAR, Told, batches, detail, histories, retellings
from tests.support.history import tell_all
from tests.support.recount import recount

pytestmark = pytest.mark.slow

# Every example writes a history.
FEW = settings(max_examples=settings().max_examples // 5)


@FEW
@given(st.data(), histories(facts=6, included=True))
def test_any_order_any_duplicates_and_any_batches_leave_the_same_profile_and_ledger(
    town: Town, data: st.DataObject, history: list[Told]
) -> None:
    books = town.newcomer()
    tell_all(books, data.draw(batches(history)))
    profile = books.find()
    granted = {said["grant_id"] for kind, said in history if kind == "promo.granted" and "included_in" not in said}
    granted |= {each["grant_id"] for _, said in history for each in said.get("grants", [])}
    applied = [told for told in history if "included_in" in told[1] or told[1].get("grant_id") in {None, *granted}]
    if profile is None:
        assert not applied
        assert books.rows(RECORDS) == []
        return

    expected = recount(applied)
    assert expected == {name: getattr(profile, name) for name in expected}
    assert profile.version == len(applied)
    # Money is conserved: the ledger alone, recounted, gives the profile.
    held = books.ledger_of(profile)
    assert sorted(said["fact_id"] for _, said in held) == sorted(said["fact_id"] for _, said in applied)
    assert recount(held) == expected
    for provider_id in profile.provider_ids:
        assert books.by_provider_id(provider_id) == profile
    assert len(books.rows(CUSTOMERS)) == 1 + len(profile.provider_ids)


def said_of(phone: str, kind: str, number: int, **said: Any) -> Told:
    return kind, detail(kind, about=phone, fact_id=f"fact-{number}", **said)


@st.composite
def link_histories(draw: st.DrawFn) -> list[Told]:
    """Two customers, two provider ids that go to and fro, and money meanwhile."""
    facts = []
    for number in range(draw(st.integers(2, 8))):
        phone = draw(st.sampled_from([LAYLA, OMAR]))
        if draw(st.integers(0, 3)):
            provider_id = draw(st.sampled_from(["pos-1", "pos-2", "pos-3"]))
            facts.append(
                said_of(phone, "provider_id.linked", number, at=draw(INSTANTS), provider_customer_id=provider_id)
            )
        else:
            facts.append(said_of(phone, "balance.topped_up", number, amount_minor=10**number))
    return facts


@FEW
@given(st.data(), link_histories())
def test_whatever_the_order_a_provider_id_finds_whose_it_was_last_said_to_be(
    town: Town, data: st.DataObject, history: list[Told]
) -> None:
    books = town.newcomer()
    tell_all(books, [[told] for told in data.draw(retellings(history))])
    owners: dict[str, str] = {}
    for kind, said in sorted(history, key=lambda told: (told[1]["occurred_at"], told[1]["fact_id"])):
        if kind == "provider_id.linked":
            owners[said["provider_customer_id"]] = said["customer"]["phone"]

    rows = 0
    for phone in (LAYLA, OMAR):
        customer = books.find(phone)
        owned = tuple(sorted(each for each, owner in owners.items() if owner == phone))
        topped_up = [
            said["amount_minor"] for _, said in history if said["customer"]["phone"] == phone and "amount_minor" in said
        ]
        if customer:
            assert (customer.provider_ids, customer.balance_minor) == (owned, sum(topped_up))
            rows += 1 + len(owned)
        for provider_id in owned:
            assert books.by_provider_id(provider_id) == customer
    assert len(books.rows(CUSTOMERS)) == rows
