"""What another system held of a person, in one fact, and history whose sums are in it already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from customers.domain.refusals import CannotApply, Unavailable
from tests.support.books import RECORDS, Books, post_one
from tests.support.facts import LAYLA, NOON, OMAR, customer_fact
from tests.support.identity.merging import merge

DAY = timedelta(days=1)
MONEY = {"currency": "QAR"}
FIGURES = {
    "source": "old-pos",
    "spendable_minor": 4200,
    "lifetime_spend_minor": 60_000,
    "visit_count": 14,
    "visits": ["2024-05-01T10:00:00Z", "2024-05-20T10:00:00Z"],
    "last_visit_at": "2024-05-30T10:00:00Z",
    "grants": [{"grant_id": "spring", "amount_minor": 700}],
}


def require_no_differences(books: Books, phone: str = LAYLA) -> None:
    customer_id = books.customer(phone).customer_id
    assert books.rebuild.compare(books.enterprise, customer_id, "QAR").differences == ()


def test_an_import_is_what_the_single_facts_would_say(books: Books) -> None:
    said = {"name": "Layla Hassan", "verified": True, "member_since": "2020-01-01T00:00:00Z"}
    flat = {"preferences": {"milk": "oat"}, "consent": {"marketing": True}}
    books.post("customer.imported", **FIGURES, **said, **flat, provider_customer_ids=["pos-2", "pos-1", "pos-2"])

    layla = books.customer()
    assert (layla.name, layla.state, layla.preferences, layla.consent) == ("Layla Hassan", "VERIFIED", *flat.values())
    assert layla.member_since
    assert layla.member_since.year == 2020
    assert (layla.balance_minor, layla.locked.at(NOON), layla.activity.lifetime_spend_minor) == (4200, 700, 60_000)
    assert (layla.activity.visit_count, layla.activity.visits_within_window(NOON)) == (14, 3)
    assert layla.activity.last_visit_at == NOON - 2 * DAY - timedelta(hours=2)
    assert layla.provider_ids == ("pos-1", "pos-2")
    assert books.by_provider_id("pos-1") == layla
    require_no_differences(books)


def test_its_grant_can_be_released(books: Books) -> None:
    books.post("customer.imported", **FIGURES)
    books.post("promo.released", grant_id="spring")
    assert (books.customer().balance_minor, books.customer().locked.at(NOON)) == (4900, 0)


@pytest.mark.parametrize("import_first", [True, False])
@pytest.mark.parametrize("released", [True, False], ids=["released before", "open"])
def test_a_grant_that_a_till_told_too_is_one_grant(books: Books, import_first: bool, released: bool) -> None:
    tell: list[Callable[[], object]] = [
        lambda: books.post("promo.granted", grant_id="spring", amount_minor=700, **MONEY),
        lambda: books.post("customer.imported", **FIGURES),
    ]
    first, second = reversed(tell) if import_first else tell
    first()
    if released:
        books.post("promo.released", grant_id="spring")
    second()
    assert books.customer().locked.at(NOON) == (0 if released else 700)
    if not released:
        books.post("promo.released", grant_id="spring")
    assert (books.customer().balance_minor, books.customer().locked.at(NOON)) == (4900, 0)
    require_no_differences(books)


def test_sources_add_and_a_second_import_of_one_is_refused(books: Books) -> None:
    books.post("customer.imported", **FIGURES)
    books.post("customer.imported", source="loyalty-app", spendable_minor=100, visit_count=2)
    with pytest.raises(CannotApply, match="source: has been imported for this customer already"):
        books.post("customer.imported", **FIGURES)
    assert (books.customer().balance_minor, books.customer().activity.visit_count) == (4300, 16)
    require_no_differences(books)


def test_one_fact_id_is_one_import(books: Books) -> None:
    assert books.post("customer.imported", fact_id="i-1", **FIGURES) == "applied"
    assert books.post("customer.imported", fact_id="i-1", **FIGURES) == "duplicate"
    with pytest.raises(CannotApply, match="fact_id"):
        books.post("customer.imported", fact_id="i-1", **{**FIGURES, "spendable_minor": 1})
    assert books.customer().balance_minor == 4200


def test_what_an_import_includes_is_part_of_what_a_fact_says(books: Books) -> None:
    top_up = {"fact_id": "t-1", "amount_minor": 500, **MONEY}
    books.post("balance.topped_up", included_in="old-pos", **top_up)
    with pytest.raises(CannotApply, match="fact_id"):
        books.post("balance.topped_up", **top_up)
    assert books.customer().balance_minor == 0


@pytest.mark.parametrize("import_first", [True, False])
def test_included_history_sums_nothing_whatever_its_clock(books: Books, import_first: bool) -> None:
    def told_history() -> None:
        for days in (-10, 10):
            of = {"at": NOON + days * DAY, "included_in": "old-pos", **MONEY}
            books.post("purchase.completed", amount_minor=900, **of)
            books.post("purchase.refunded", amount_minor=300, **of)
            books.post("balance.topped_up", amount_minor=900, **of)
            books.post("promo.granted", amount_minor=900, grant_id="summer", **of)
            books.post("promo.released", grant_id="summer", at=of["at"], included_in="old-pos")

    if import_first:
        books.post("customer.imported", **FIGURES)
    told_history()
    if not import_first:
        books.post("customer.imported", **FIGURES)
    layla = books.customer()
    assert (layla.balance_minor, layla.locked.at(NOON), layla.activity.lifetime_spend_minor) == (4200, 700, 60_000)
    assert (layla.activity.visit_count, layla.activity.visits_within_window(NOON + 10 * DAY)) == (14, 3)
    days = [row for row in books.rows(RECORDS) if row["sk"]["S"].startswith("purchase#")]
    assert [row["uncounted"]["BOOL"] for row in days] == [True, True]
    require_no_differences(books)


@pytest.mark.parametrize("live_first", [True, False])
def test_a_purchase_that_a_till_told_too_counts_once(books: Books, live_first: bool) -> None:
    """Money was told live, and the history says that the import has it: at a change of systems both happen."""
    live: dict[str, Any] = {"purchase_id": "p-1", "amount_minor": 900, "at": NOON + DAY, **MONEY}
    books.post("customer.imported", **FIGURES)
    books.post("purchase.completed", purchase_id="p-0", amount_minor=50, at=NOON, **MONEY)
    for included in (False, True) if live_first else (True, False):
        books.post("purchase.completed", **live, **({"included_in": "old-pos"} if included else {}))
    activity = books.customer().activity
    assert (activity.visit_count, activity.lifetime_spend_minor, activity.last_visit_at) == (15, 60_050, NOON)
    assert activity.visits_within_window(NOON + DAY) == 4
    require_no_differences(books)


def test_a_provider_id_that_cannot_be_linked_is_a_refusal_and_the_import_holds(books: Books) -> None:
    for number in range(50):
        phone = LAYLA if number % 2 else OMAR
        books.post("provider_id.linked", about=phone, provider_customer_id="pos-1", at=NOON + number * DAY)
    with pytest.raises(CannotApply, match="50 times"):
        books.post("customer.imported", fact_id="i-1", **FIGURES, provider_customer_ids=["pos-1", "pos-2"])
    assert books.customer().balance_minor == 4200
    assert "pos-2" in books.customer().provider_ids


def test_an_import_that_was_stopped_before_its_links_links_them_when_it_comes_again(books: Books) -> None:
    fact = customer_fact("customer.imported", books.enterprise, **FIGURES, provider_customer_ids=["pos-1"])
    apply, applied = books.ledger._transactions.apply, list[str]()

    def once(facts: list[Any]) -> Any:
        if applied:
            raise Unavailable
        applied.append(facts[0].type)
        return apply(facts)

    books.ledger._transactions.apply = once  # type: ignore[method-assign, assignment]
    with pytest.raises(Unavailable):
        post_one(books.ledger, fact)
    assert books.customer().provider_ids == ()

    books.ledger._transactions.apply = apply  # type: ignore[method-assign]
    assert post_one(books.ledger, fact) == "duplicate"
    assert books.customer().provider_ids == ("pos-1",)


@pytest.mark.parametrize("before", [True, False], ids=["before", "late"])
def test_each_part_of_a_merged_customer_has_its_own_imports(books: Books, before: bool) -> None:
    def told() -> None:
        states = {"name": "Omar", "consent": {"marketing": False}}
        books.post("customer.imported", about=OMAR, fact_id="i-1", at=NOON + DAY, **states, **FIGURES)
        more = {"purchase_id": "p-1", "included_in": "old-pos", **MONEY}
        books.post("purchase.completed", about=OMAR, fact_id="h-1", amount_minor=900, **more)

    books.post("customer.imported", **FIGURES)
    books.post("customer.registered", name="Layla")
    books.post("consent.updated", consent={"marketing": True}, at=NOON + 2 * DAY)
    books.post("balance.topped_up", about=OMAR, amount_minor=1, **MONEY)
    if before:
        told()
    merge(books, books.customer(LAYLA).customer_id, books.customer(OMAR).customer_id)
    if not before:
        told()
    layla = books.customer()
    assert (layla.name, layla.balance_minor, layla.activity.visit_count) == ("Omar", 8401, 28)
    assert layla.locked.at(NOON) == 1400
    # The stricter of two, also where the refusal is the earlier statement and arrives after the merge.
    assert layla.consent == {"marketing": False}
    require_no_differences(books)
    with pytest.raises(CannotApply, match="source"):
        books.post("customer.imported", about=OMAR, **FIGURES)
