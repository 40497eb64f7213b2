"""What is derived of an enterprise is mended where it is wrong, and nothing else is written."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from customers.domain.refusals import Conflict
from customers.domain.stats.contributions import TOTALS, Place
from customers.store.audit import derived_repair
from customers.store.audit.derived_repair import ATTEMPTS, DerivedRepair
from customers.store.stats.derived_rows import Note, note_row, term_row
from tests.support.books import DERIVED, RECORDS, Books, interrupting
from tests.support.crashes import WRITE, once
from tests.support.facts import LAYLA, NOON, OMAR
from tests.support.stats.derivation import Derivation
from tests.support.tables import dynamodb

NOBODY = "usr_" + "0" * 32


@pytest.fixture
def derivation(books: Books, derivation: Derivation) -> Derivation:
    """Of two customers."""
    books.post("customer.registered", about=LAYLA, name="Layla Hassan")
    books.post("customer.registered", about=OMAR, name="Omar")
    derivation.reconcile()
    return derivation


def repair(client: Any = None) -> DerivedRepair:
    return DerivedRepair(client or dynamodb(), DERIVED, RECORDS)


@pytest.fixture(params=[1, 80], ids=["one at a time", "together"])
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(derived_repair, "AT_ONCE", request.param)
    return int(request.param)


def lose_terms(derivation: Derivation) -> int:
    """All of Layla's; how many."""
    rows = [
        row
        for row in derivation.books.rows(DERIVED)
        if row.get("customer_id") == {"S": derivation.change().customer_id}
    ]
    for row in rows:
        derivation.delete(DERIVED, row)
    return len(rows)


def add_terms(derivation: Derivation, customer_id: str) -> None:
    for term in ("word#haddad", "disabled_last4#1122", f"phone#{OMAR}"):
        derivation.put(DERIVED, term_row(derivation.books.enterprise, term, customer_id, LAYLA))


@pytest.mark.parametrize(
    ("note", "named"),
    [
        (Note(revision=3), []),
        (Note(figures={TOTALS: {"balance_minor": 5}}), [NOBODY]),
        (Note(terms=("last4#1122",), phone=LAYLA), [NOBODY]),
    ],
    ids=["says nothing", "counts", "is found"],
)
@pytest.mark.usefixtures("at_once")
def test_a_note_that_says_something_of_nobody_is_named_and_no_other(
    derivation: Derivation, note: Note, named: list[str]
) -> None:
    enterprise = derivation.books.enterprise
    derivation.put(DERIVED, note_row(enterprise, NOBODY, note))
    assert list(repair().of_nobody(enterprise)) == named


@pytest.mark.usefixtures("at_once")
def test_search_terms_that_are_lost_or_too_many_are_mended_and_counted(derivation: Derivation) -> None:
    enterprise = derivation.books.enterprise
    assert repair().terms(enterprise) == 0
    lost = lose_terms(derivation)
    for each in (derivation.change(OMAR).customer_id, NOBODY):
        add_terms(derivation, each)
    before = derivation.books.rows(DERIVED)
    assert repair().terms(f"{enterprise}-other") == 0
    assert derivation.books.rows(DERIVED) == before
    assert repair().terms(enterprise) == lost + 6
    assert derivation.is_right()
    assert repair().terms(enterprise) == 0


def test_a_term_with_another_phone_is_lost(derivation: Derivation) -> None:
    customer_id = derivation.change().customer_id
    derivation.put(DERIVED, term_row(derivation.books.enterprise, "word#hassan", customer_id, OMAR))
    assert repair().terms(derivation.books.enterprise) == 1
    assert derivation.is_right()


@pytest.mark.parametrize("is_known", [True, False], ids=["a customer", "nobody yet"])
def test_a_term_of_who_is_written_meanwhile_is_left_alone(derivation: Derivation, is_known: bool) -> None:
    """It is as wrong as it was read to be, or right by now. The next run knows."""
    enterprise, customer_id = derivation.books.enterprise, derivation.change().customer_id
    note = Note(revision=1, terms=("word#haddad",), phone=LAYLA)
    stray = term_row(enterprise, "word#haddad", customer_id if is_known else NOBODY, LAYLA)
    derivation.put(DERIVED, stray)

    def write() -> None:
        if is_known:
            derivation.books.post("customer.registered", name="Layla Haddad", at=NOON + timedelta(days=1))
            derivation.reconcile(derivation.change())
        else:
            derivation.put(DERIVED, note_row(enterprise, NOBODY, note))

    assert repair(interrupting(WRITE, once(write))).terms(enterprise) == 0
    assert stray in derivation.books.rows(DERIVED)
    assert repair().terms(enterprise) == 0


def test_a_term_that_is_lost_and_meanwhile_no_longer_the_customers_is_not_added(derivation: Derivation) -> None:
    lose_terms(derivation)

    def write() -> None:
        derivation.books.post("customer.registered", name="Leila", at=NOON + timedelta(days=1))
        derivation.reconcile(derivation.change())

    left = repair(interrupting(WRITE, once(write))).terms(derivation.books.enterprise)
    assert "word#layla" not in derivation.terms()
    assert left + repair().terms(derivation.books.enterprise) == 2


@pytest.mark.usefixtures("at_once")
def test_what_the_sums_lack_is_added_once_however_often_others_were_faster(derivation: Derivation) -> None:
    lacking = {Place.day(f"2023-06-0{number}"): {"visits": number} for number in range(1, 4)}
    before, moment = derivation.held(), count(1)

    def overtake() -> None:
        if next(moment) < ATTEMPTS:
            raise Conflict

    repair(interrupting(WRITE, overtake)).sums(derivation.books.enterprise, {TOTALS: {"balance_minor": 5}, **lacking})
    after = derivation.held()
    assert after.totals == {**before.totals, "balance_minor": 5}
    assert after.days == {**before.days, **{(place.date, ""): counts for place, counts in lacking.items()}}
