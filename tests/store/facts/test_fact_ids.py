"""A fact id names one thing for good: the same fact again changes nothing, another fact with its id is refused."""

from __future__ import annotations

from typing import Any

import pytest

from customers.domain.refusals import CannotApply, NotYet
from tests.support.books import Books
from tests.support.facts import LAYLA, OMAR, customer_fact, detail, enterprise_fact

FIRST: dict[str, Any] = {"kind": "balance.topped_up", "amount_minor": 700, "about": LAYLA}
OTHERS: dict[str, dict[str, Any]] = {
    "type": {"kind": "balance.spent"},
    "type that says nothing": {"kind": "customer.verified", "amount_minor": None, "currency": None},
    "customer": {"about": OMAR},
    "sum": {"amount_minor": 50_000},
    "all of it": {"kind": "consent.updated", "about": OMAR, "amount_minor": None, "currency": None},
}


def told(books: Books, kind: str, **said: Any) -> Any:
    return books.tell((kind, detail(kind, **{"fact_id": "once", **said})))


@pytest.mark.parametrize("other", OTHERS)
def test_another_fact_with_the_id_is_refused_and_changes_nothing(books: Books, other: str) -> None:
    assert told(books, **FIRST) == "applied"
    before = books.everything()
    with pytest.raises(CannotApply, match="fact_id: is the id of another fact"):
        told(books, **{**FIRST, **OTHERS[other]})
    assert books.everything() == before
    assert told(books, **FIRST) == "duplicate"


def test_the_same_fact_may_name_its_customer_in_another_way(books: Books) -> None:
    assert told(books, **FIRST) == "applied"
    assert told(books, **{**FIRST, "about": {"customer_id": books.customer().customer_id}}) == "duplicate"


def test_equal_preferences_are_one_fact_whatever_the_order_of_their_names(books: Books) -> None:
    assert told(books, "preferences.updated", preferences={"milk": "oat", "sugar": 1}) == "applied"
    assert told(books, "preferences.updated", preferences={"sugar": 1, "milk": "oat"}) == "duplicate"


def test_two_facts_with_one_id_in_one_batch(books: Books) -> None:
    facts = [
        customer_fact("balance.topped_up", books.enterprise, fact_id="once", amount_minor=amount)
        for amount in (700, 700, 50_000)
    ]
    same, again, other = books.ledger.post(facts)
    assert (same, again) == ("applied", "duplicate")
    assert isinstance(other, CannotApply)
    assert books.customer().balance_minor == 700


def test_if_the_first_of_them_is_refused_the_other_is_tried_alone(books: Books) -> None:
    facts = [
        customer_fact("balance.topped_up", books.enterprise, fact_id="once", currency=currency)
        for currency in ("EUR", "QAR")
    ]
    refused, other = books.ledger.post(facts)
    assert isinstance(refused, CannotApply)
    assert isinstance(other, NotYet)
    assert books.ledger.post(facts[1:]) == ["applied"]


@pytest.mark.parametrize("other", ["branch.disabled", "enterprise.configured"])
def test_an_id_of_a_branch_names_one_thing_too(books: Books, other: str) -> None:
    first = enterprise_fact("branch.registered", books.enterprise, fact_id="once")
    assert books.registry.post(first) == "applied"
    assert books.registry.post(first) == "duplicate"
    with pytest.raises(CannotApply, match="fact_id"):
        books.registry.post(enterprise_fact(other, books.enterprise, fact_id="once"))
