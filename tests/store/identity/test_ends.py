"""Ends of grants that name one part and mean another part's grant: they are matched anew, whatever comes late."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers.domain.refusals import NotYet
from customers.store.customers.customers_by_id import CustomersById
from customers.store.export.export_source import ExportSource
from customers.wire.export.exported import files_of
from tests.support.books import CUSTOMERS, RECORDS, Books
from tests.support.facts import LAYLA, NOON, OMAR, SARA
from tests.support.identity.merging import merge, unmerge

HOUR = timedelta(hours=1)
QAR = {"currency": "QAR"}
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def known(books: Books, *phones: str) -> list[str]:
    for phone in phones:
        books.post("customer.registered", about=phone, name=f"At {phone[-2:]}")
    return [books.customer(phone).customer_id for phone in phones]


def granted(books: Books, phone: str, amount: int, hours: int = 0, grant_id: str = "g", **more: Any) -> None:
    said = {"grant_id": grant_id, "amount_minor": amount, **QAR, **more}
    books.post("promo.granted", about=phone, at=NOON + hours * HOUR, **said)


def ended(books: Books, phone: str, hours: int = 9, kind: str = "released", grant_id: str = "g") -> None:
    books.post(f"promo.{kind}", about=phone, at=NOON + hours * HOUR, grant_id=grant_id)


def money(books: Books, *phones: str) -> list[tuple[int, int]]:
    """What each has spendable and locked. What the ledger says is the same, and so are the statuses of the grants."""
    found = []
    for phone in phones:
        profile = books.customer(phone)
        assert books.rebuild.compare(books.enterprise, profile.customer_id, "QAR").differences == ()
        locked = profile.locked.at(NOW)
        assert sum(each["amount_minor"] for each in exported(books, phone) if each["status"] == "open") == locked
        assert sum(shown_open(books, phone)) == locked
        found.append((profile.balance_minor, locked))
    return found


def exported(books: Books, phone: str) -> list[dict[str, Any]]:
    """The grants in the customer's export."""
    held = ExportSource(books.client, RECORDS).at_once(books.enterprise, books.customer(phone))
    assert held
    return [dict(line) for name, lines in files_of(held, NOW) if name.startswith("promo_grants") for line in lines]


def shown_open(books: Books, phone: str) -> list[int]:
    """The amounts of the open grants in the customer's context."""
    by_id, profile = CustomersById(books.client, CUSTOMERS, RECORDS), books.customer(phone)
    parts = by_id.parts(books.enterprise, profile.customer_id, profile.absorbed)
    crossing = profile.loose_ends > 0
    return [each.amount_minor for each in by_id.open_grants(books.enterprise, parts, NOW, 100, loose_ends=crossing)]


def test_a_late_grant_of_the_named_part_takes_the_release_back(books: Books) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    merge(books, layla, omar)
    granted(books, OMAR, 500)
    ended(books, LAYLA)
    assert money(books, LAYLA) == [(500, 0)]
    granted(books, LAYLA, 70, 3)
    assert money(books, LAYLA) == [(70, 500)]
    unmerge(books, layla, omar)
    assert money(books, LAYLA, OMAR) == [(70, 0), (0, 500)]


def test_a_late_import_takes_it_back_too(books: Books) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    merge(books, layla, omar)
    granted(books, OMAR, 500)
    ended(books, LAYLA)
    grants = [{"grant_id": "g", "amount_minor": 70}, {"grant_id": "h", "amount_minor": 1}]
    books.post("customer.imported", about=LAYLA, source="old-pos", grants=grants, **QAR)
    assert money(books, LAYLA) == [(70, 501)]


@pytest.mark.parametrize("kind", ["released", "expired"])
def test_what_one_part_ended_of_another_is_open_again_after_an_unmerge(books: Books, kind: str) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    granted(books, OMAR, 500)
    merge(books, layla, omar)
    ended(books, LAYLA, kind=kind)
    together = [(500 if kind == "released" else 0, 0)]
    assert money(books, LAYLA) == together
    unmerge(books, layla, omar)
    assert money(books, LAYLA, OMAR) == [(0, 0), (0, 500)]
    # One again: the end means the grant again, whoever survives.
    merge(books, omar, layla)
    assert money(books, OMAR) == together
    unmerge(books, omar, layla)
    # The end waits in the ledger for a grant of its own.
    granted(books, LAYLA, 30, 1)
    assert money(books, LAYLA, OMAR) == [(30 if kind == "released" else 0, 0), (0, 500)]


def test_the_grant_that_was_granted_first_is_meant_also_where_an_earlier_statement_comes_late(books: Books) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    merge(books, layla, omar)
    merge(books, layla, sara)
    granted(books, OMAR, 500, 4)
    granted(books, SARA, 20, 5)
    ended(books, LAYLA)
    assert money(books, LAYLA) == [(500, 20)]
    # Sara's was granted before Omar's, and restated since.
    granted(books, SARA, 10, 3)
    assert money(books, LAYLA) == [(20, 500)]
    unmerge(books, layla, sara)
    assert money(books, LAYLA, SARA) == [(500, 0), (0, 20)]


def test_chains(books: Books) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    granted(books, OMAR, 500, 1)
    granted(books, LAYLA, 70, 0)
    merge(books, omar, sara)
    ended(books, SARA)
    assert money(books, OMAR) == [(500, 0)]
    merge(books, layla, omar)
    # Of all parts, Layla's grant was the first one.
    assert money(books, LAYLA) == [(70, 500)]
    unmerge(books, layla, omar)
    assert money(books, LAYLA, OMAR) == [(0, 70), (500, 0)]
    unmerge(books, omar, sara)
    assert money(books, OMAR, SARA) == [(0, 500), (0, 0)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_of_grants_and_ends_gives_the_same(books: Books, order: tuple[int, ...]) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    granted(books, OMAR, 1000, 0)
    merge(books, layla, omar)
    steps = [
        lambda: ended(books, LAYLA, 5),
        lambda: ended(books, OMAR, 7, "expired"),
        lambda: granted(books, LAYLA, 70, 3),
        lambda: ended(books, LAYLA, 6, "expired"),
    ]
    for number in order:
        steps[number]()
    assert money(books, LAYLA) == [(70, 0)]
    unmerge(books, layla, omar)
    assert money(books, LAYLA, OMAR) == [(70, 0), (0, 0)]


def test_a_grant_that_ended_by_itself_is_not_released_by_an_end_that_comes_to_it(books: Books) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    granted(books, OMAR, 500, 2)
    granted(books, SARA, 20, 0, expires_at=(NOON + HOUR).isoformat())
    merge(books, layla, omar)
    ended(books, LAYLA)
    assert money(books, LAYLA) == [(500, 0)]
    # Sara's was granted before, and had ended when the release was stated.
    merge(books, layla, sara)
    assert money(books, LAYLA) == [(0, 500)]


def test_an_end_that_no_part_knows_the_grant_of_waits(books: Books) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    granted(books, OMAR, 500)
    merge(books, layla, omar)
    ended(books, LAYLA)
    unmerge(books, layla, omar)
    with pytest.raises(NotYet):
        ended(books, LAYLA, 10)


def test_a_link_that_comes_late_may_part_a_grant_from_its_end(books: Books) -> None:
    """The end stays with whom it names, and waits there."""
    known(books, LAYLA, OMAR)
    books.post("provider_id.linked", about=LAYLA, at=NOON, provider_customer_id="pos-1")
    granted(books, {"provider_customer_id": "pos-1"}, 500, 3)  # type: ignore[arg-type]
    ended(books, LAYLA)
    assert money(books, LAYLA) == [(500, 0)]
    books.post("provider_id.linked", about=OMAR, at=NOON + HOUR, provider_customer_id="pos-1")
    assert money(books, LAYLA, OMAR) == [(0, 0), (0, 500)]


def test_a_link_that_comes_late_moves_an_end_to_its_grant(books: Books) -> None:
    known(books, LAYLA, OMAR)
    books.post("provider_id.linked", about=LAYLA, at=NOON, provider_customer_id="pos-1")
    granted(books, LAYLA, 70)
    granted(books, OMAR, 500)
    ended(books, {"provider_customer_id": "pos-1"})  # type: ignore[arg-type]
    assert money(books, LAYLA, OMAR) == [(70, 0), (0, 500)]
    books.post("provider_id.linked", about=OMAR, at=NOON + HOUR, provider_customer_id="pos-1")
    assert money(books, LAYLA, OMAR) == [(0, 70), (500, 0)]
