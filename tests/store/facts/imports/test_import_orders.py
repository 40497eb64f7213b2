"""An import in all orders with history that is in it and history that is not: twice, from two sources, of a customer
who is merged meanwhile, set free again and then erased. The figures are the same each time."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from customers.domain.customers.profile import Profile
from customers.domain.refusals import CannotApply
from customers.store.customers.rows import profile_of
from tests.support.books import CUSTOMERS, Books, Town
from tests.support.erasure.sweeping import erase
from tests.support.facts import LAYLA, NOON, OMAR, Told, detail
from tests.support.identity.merging import merge, unmerge

QAR = {"currency": "QAR"}


def of_omar(kind: str, fact_id: str, **said: Any) -> Told:
    return kind, detail(kind, about=OMAR, at=NOON, fact_id=fact_id, **said)


FIGURES: dict[str, Any] = {"spendable_minor": 500, "lifetime_spend_minor": 1000, "visit_count": 3, "name": "Omar"}
FACTS = [
    of_omar("customer.imported", "old", source="old-pos", grants=[{"grant_id": "g-1", "amount_minor": 7}], **FIGURES),
    of_omar("customer.imported", "app", source="app", spendable_minor=50, lifetime_spend_minor=10, visit_count=1),
    of_omar("purchase.completed", "in", purchase_id="p-1", amount_minor=100, included_in="old-pos", **QAR),
    of_omar("purchase.completed", "out", purchase_id="p-2", amount_minor=40, **QAR),
    of_omar("balance.topped_up", "in-too", amount_minor=70, included_in="app", **QAR),
]
OMARS = (550, 1050, 5)
"""Balance, spend and visits: of both imports and of the purchase that is in none."""
LAYLAS = (1, 2, 1)
AGAIN = of_omar("customer.imported", "again", source="old-pos", **FIGURES)


def figures(profile: Profile) -> tuple[int, int, int]:
    return profile.balance_minor, profile.activity.lifetime_spend_minor, profile.activity.visit_count


def audited(books: Books, *ids: str) -> None:
    for each in ids:
        assert books.rebuild.compare(books.enterprise, each, "QAR").differences == ()


def residual(books: Books, customer_id: str) -> Profile:
    (row,) = [row for row in books.rows(CUSTOMERS) if row["pk"]["S"].endswith(f"#erased#{customer_id}")]
    return profile_of(row)


ORDERS = list(itertools.permutations(FACTS))


@pytest.mark.slow
@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.thorough), 31])
def test_the_figures_are_the_same(town: Town, step: int) -> None:
    """In every order, or in every one of so many; the merge comes after each number of facts."""
    for number in range(0, len(ORDERS), step):
        order, merged_after = ORDERS[number], (number + number // 6) % (len(FACTS) + 1)
        books = town.newcomer()
        for phone in (LAYLA, OMAR):
            books.post("customer.verified", about=phone)
        books.post("balance.topped_up", about=LAYLA, amount_minor=1, **QAR)
        books.post("purchase.completed", about=LAYLA, purchase_id="p-1", amount_minor=2, **QAR)
        layla, omar = (books.customer(phone).customer_id for phone in (LAYLA, OMAR))
        for told in order[:merged_after]:
            assert books.tell(told) == "applied"
        merge(books, layla, omar)
        for told in order[merged_after:]:
            assert books.tell(told) == "applied"
        for told in order:
            assert books.tell(told) == "duplicate"
        with pytest.raises(CannotApply, match="has been imported"):
            books.tell(AGAIN)
        assert figures(books.customer()) == tuple(map(sum, zip(OMARS, LAYLAS, strict=True)))
        audited(books, layla)
        unmerge(books, layla, omar)
        assert (figures(books.customer(LAYLA)), figures(books.customer(OMAR))) == (LAYLAS, OMARS)
        assert [books.customer(phone).locked.at(NOON) for phone in (LAYLA, OMAR)] == [0, 7]
        assert [books.customer(phone).name for phone in (LAYLA, OMAR)] == [None, "Omar"]
        audited(books, layla, omar)
        books.tell(of_omar("balance.settled", "settled", amount_minor=550, **QAR))
        erase(books.client, books.enterprise, omar)
        assert figures(residual(books, omar)) == (0, *OMARS[1:])
        for told in order:
            assert books.tell(told) == "duplicate"
        assert figures(residual(books, omar)) == (0, *OMARS[1:])
        audited(books, layla, omar)
