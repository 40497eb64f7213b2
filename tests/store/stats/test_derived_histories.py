"""Whole histories: however facts and reconciling interleave, what is derived ends as a recount of the tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.domain.stats.customer_refs import CustomerRef
from tests.support.books import CUSTOMERS, RECORDS, Town
from tests.support.facts import LAYLA, NOON, OMAR, Told, detail
from tests.support.stats.derivation import Derivation

pytestmark = pytest.mark.slow

PHONES = [LAYLA, OMAR, "+97455003344"]
NAMES = ["Layla Hassan", "ليلى حسن", "Leila", "Layla Hassan al-Thani", "أحمد"]
FEW = settings(max_examples=settings().max_examples // 5)
AMOUNTS = st.integers(0, 5) | st.integers(0, 10**15)

KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "customer.registered": st.fixed_dictionaries({"name": st.sampled_from(NAMES)}),
    "customer.verified": st.just({}),
    "customer.disabled": st.just({}),
    "customer.enabled": st.just({}),
    "balance.topped_up": st.fixed_dictionaries({"amount_minor": AMOUNTS}),
    "balance.spent": st.fixed_dictionaries({"amount_minor": AMOUNTS}),
    # Few ids, so that some are said anew, of another amount, day and branch.
    "purchase.completed": st.fixed_dictionaries(
        {
            "purchase_id": st.sampled_from(["p-1", "p-2"]),
            "amount_minor": AMOUNTS,
            "branch_id": st.sampled_from([None, "north-1", "south-1"]),
        }
    ),
    "purchase.refunded": st.fixed_dictionaries({"refund_id": st.sampled_from(["r-1", "r-2"]), "amount_minor": AMOUNTS}),
    "promo.granted": st.fixed_dictionaries({"grant_id": st.sampled_from(["g-1", "g-2"]), "amount_minor": AMOUNTS}),
    "promo.released": st.fixed_dictionaries({"grant_id": st.sampled_from(["g-1", "g-2"])}),
    "promo.expired": st.fixed_dictionaries({"grant_id": st.sampled_from(["g-1", "g-2"])}),
    "provider_id.linked": st.fixed_dictionaries({"provider_customer_id": st.sampled_from(["pos-1", "pos-2"])}),
}


@st.composite
def facts(draw: st.DrawFn) -> list[Told]:
    """What is said of a few customers, in the order in which it arrives."""
    told = []
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(list(KINDS)))
        at = NOON + timedelta(hours=draw(st.integers(0, 60)))
        about = draw(st.sampled_from(PHONES))
        told.append((kind, detail(kind, about=about, at=at, fact_id=f"fact-{number:02}", **draw(KINDS[kind]))))
    return told


class Stream:
    """What streams tell of an enterprise's tables: each write at least once, after it has been made."""

    def __init__(self, derivation: Derivation) -> None:
        self._derivation = derivation
        self._seen: dict[tuple[str, str], dict[str, Any]] = {}
        self.told: list[CustomerRef] = []
        self.outstanding: list[CustomerRef] = []

    def look(self) -> None:
        """Note what has been written since the last look."""
        for table in (CUSTOMERS, RECORDS):
            for row in self._derivation.books.rows(table):
                place = (row["pk"]["S"], row.get("sk", {"S": ""})["S"])
                if row != self._seen.get(place):
                    self._seen[place] = row
                    self.outstanding += self._changes(row)

    def _changes(self, row: dict[str, Any]) -> list[CustomerRef]:
        enterprise, rest = row["pk"]["S"].split("#", 1)
        if "sk" not in row:
            return [] if rest.startswith("provider#") else [CustomerRef(enterprise, row["customer_id"]["S"])]
        return [CustomerRef(enterprise, rest, row["sk"]["S"])] if "uncounted" in row else []

    def bring(self, changes: Sequence[CustomerRef]) -> None:
        self.told += changes
        self.outstanding = [each for each in self.outstanding if each not in changes]
        self._derivation.reconcile(*changes)


@FEW
@given(facts(), st.data())
def test_whatever_interleaves_what_is_derived_ends_as_a_recount(
    town: Town, history: list[Told], data: st.DataObject
) -> None:
    derivation = Derivation(town.newcomer(), NOON + timedelta(hours=60))
    stream = Stream(derivation)
    while history:
        count = data.draw(st.integers(1, 5))
        for told in history[:count]:
            derivation.books.tell_together([told])
        history = history[count:]
        stream.look()
        # Some of what is outstanding, in another order, with some that has been brought before.
        if stream.outstanding:
            now = data.draw(st.lists(st.sampled_from(stream.outstanding), max_size=4))
            again = data.draw(st.lists(st.sampled_from(stream.told), max_size=2)) if stream.told else []
            if now or again:
                stream.bring(data.draw(st.permutations([*now, *again])))
    while stream.outstanding:
        stream.bring(data.draw(st.lists(st.sampled_from(stream.outstanding), min_size=1, max_size=6)))
    assert derivation.is_right()
    # All of it once more changes nothing.
    before = derivation.books.rows("DerivedTable")
    if stream.told:
        derivation.reconcile(*stream.told)
    assert derivation.books.rows("DerivedTable") == before
    derivation.close()
