"""Applying facts: each once, in whatever way it names its customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.domain.refusals import CannotApply, NotYet
from tests.support.books import CUSTOMERS, RECORDS, Books, Town, calls
from tests.support.facts import ABOUT_CUSTOMERS, LAYLA, NOON, OMAR, detail
from tests.support.recount import recount

DAY = timedelta(days=1)
MARCH, MAY, JULY = "2027-03-01T00:00:00Z", "2027-05-01T00:00:00Z", "2027-07-01T00:00:00Z"


# ------------------------------------------------------------------------------------------- who it is about


def test_the_first_fact_about_a_phone_opens_a_pending_record(books: Books) -> None:
    assert books.post("balance.topped_up", amount_minor=700) == "applied"
    layla = books.customer()
    assert layla.customer_id.startswith("usr_")
    assert (layla.state, layla.balance_minor, layla.currency, layla.version) == ("PENDING_PROOF", 700, "QAR", 1)


@pytest.mark.parametrize("kind", [kind for kind in ABOUT_CUSTOMERS if kind not in ("promo.released", "promo.expired")])
def test_a_fact_of_any_type_can_be_the_first(books: Books, kind: str) -> None:
    books.post(kind)
    assert recount(books.ledger_of(books.customer())).items() <= _fields(books).items()


def _fields(books: Books) -> dict[str, object]:
    layla = books.customer()
    return {name: getattr(layla, name) for name in recount([])}


def test_a_customer_is_found_by_phone_id_and_provider_id(books: Books) -> None:
    books.post("provider_id.linked", provider_customer_id="pos-1")
    layla = books.customer()
    books.post("balance.topped_up", about={"phone": "00974 3300 1122"}, amount_minor=1)
    books.post("balance.topped_up", about={"customer_id": layla.customer_id}, amount_minor=10)
    books.post("balance.topped_up", about={"provider_customer_id": "pos-1"}, amount_minor=100)
    assert books.customer().balance_minor == 111
    assert books.customer().customer_id == layla.customer_id
    assert len(books.rows(CUSTOMERS)) == 2


@pytest.mark.parametrize("kind", ["customer.registered", "consent.updated", "preferences.updated", "balance.topped_up"])
def test_a_long_history_is_not_read_for_a_fact_that_stands_alone(books: Books, kind: str) -> None:
    books.post("customer.registered")
    with calls(books.client) as asked:
        assert books.post(kind, at=NOON + DAY) == "applied"
    assert "Query" not in asked


def test_an_operator_sees_from_the_id_of_a_fact_whose_it_is(books: Books) -> None:
    books.post("balance.topped_up", fact_id="f-1")
    books.post("balance.topped_up", fact_id="f-2", about=OMAR)
    records = {row["pk"]["S"].rpartition("#")[2]: row for row in books.rows(RECORDS) if "#fact#" in row["pk"]["S"]}
    found = [records[fact_id]["customer_id"]["S"] for fact_id in ("f-1", "f-2")]
    assert found == [books.customer(phone).customer_id for phone in (LAYLA, OMAR)]


@pytest.mark.parametrize("about", [{"customer_id": "usr_1"}, {"provider_customer_id": "pos-9"}])
def test_an_id_that_is_not_known_yet_waits_and_leaves_nothing(books: Books, about: dict[str, str]) -> None:
    with pytest.raises(NotYet, match="customer"):
        books.post("balance.topped_up", about=about)
    assert books.everything() == ""


def test_an_id_of_another_enterprise_is_not_known(books: Books, town: Town) -> None:
    books.post("provider_id.linked", provider_customer_id="pos-1")
    elsewhere = town.newcomer()
    for about in ({"customer_id": books.customer().customer_id}, {"provider_customer_id": "pos-1"}):
        with pytest.raises(NotYet):
            elsewhere.post("balance.topped_up", about=about)
    assert elsewhere.find() is None


def test_one_phone_is_another_customer_in_another_enterprise(books: Books, town: Town) -> None:
    elsewhere = town.newcomer()
    books.post("balance.topped_up", amount_minor=1)
    elsewhere.post("balance.topped_up", amount_minor=2)
    assert (books.customer().balance_minor, elsewhere.customer().balance_minor) == (1, 2)
    assert books.customer().customer_id != elsewhere.customer().customer_id


# -------------------------------------------------------------------------------------------------- once


@pytest.mark.parametrize("kind", ABOUT_CUSTOMERS)
def test_a_fact_that_comes_twice_is_applied_once(books: Books, kind: str) -> None:
    if kind in ("promo.released", "promo.expired"):
        books.post("promo.granted")
    told = kind, detail(kind, fact_id="once")
    assert books.tell(told) == "applied"
    after_one = books.everything()
    assert books.tell(told) == "duplicate"
    assert books.everything() == after_one


def test_an_id_that_named_another_customer_is_refused_and_changes_neither(books: Books) -> None:
    books.post("balance.topped_up", fact_id="once")
    books.post("customer.verified", about=OMAR)
    before = books.everything()
    with pytest.raises(CannotApply, match="is the id of another fact"):
        books.post("balance.topped_up", about=OMAR, fact_id="once")
    assert books.everything() == before


def test_an_id_that_was_used_opens_no_record_at_a_new_phone(books: Books) -> None:
    books.post("balance.topped_up", fact_id="once")
    with pytest.raises(CannotApply, match="is the id of another fact"):
        books.post("balance.topped_up", about=OMAR, fact_id="once")
    assert books.find(OMAR) is None


def test_the_fact_ids_of_two_enterprises_are_their_own(books: Books, town: Town) -> None:
    elsewhere = town.newcomer()
    assert books.post("balance.topped_up", fact_id="once") == "applied"
    assert elsewhere.post("balance.topped_up", fact_id="once") == "applied"


def test_the_ledger_holds_every_fact_once_and_no_phone(books: Books) -> None:
    for number in range(3):
        books.post("balance.topped_up", fact_id=f"f-{number}", amount_minor=number)
        books.post("balance.topped_up", fact_id=f"f-{number}", amount_minor=number)
    entries = [row for row in books.rows(RECORDS) if row["sk"]["S"].startswith("ledger#")]
    assert [row["detail"]["S"] for row in entries] == [
        f'{{"amount_minor":{number},"currency":"QAR"}}' for number in range(3)
    ]
    assert LAYLA not in str(entries)


def test_a_refused_fact_leaves_nothing(books: Books) -> None:
    with pytest.raises(CannotApply, match="currency"):
        books.post("balance.topped_up", currency="EUR")
    assert books.everything() == ""
    books.post("balance.topped_up", fact_id="mended")
    before = books.everything()
    with pytest.raises(CannotApply, match="currency"):
        books.post("balance.topped_up", currency="EUR")
    assert books.everything() == before


# ------------------------------------------------------------------------------------------------- grants


def grant(books: Books, name: str, expires: str | None, amount: int = 100) -> None:
    books.post("promo.granted", grant_id=name, amount_minor=amount, expires_at=expires)


def first_expiry(books: Books) -> str | None:
    until = books.customer().locked.next_end(NOON)
    return until.isoformat().replace("+00:00", "Z") if until else None


def test_a_release_waits_for_its_grant_and_then_counts(books: Books) -> None:
    with pytest.raises(NotYet, match="grant_id"):
        books.post("promo.released", grant_id="g-1", fact_id="release")
    assert books.find() is None
    grant(books, "g-1", MAY)
    assert books.post("promo.released", grant_id="g-1", fact_id="release") == "applied"
    layla = books.customer()
    assert (layla.locked.at(NOON), layla.balance_minor, layla.locked.next_end(NOON)) == (0, 100, None)


def test_a_grant_of_one_customer_cannot_be_released_to_another(books: Books) -> None:
    grant(books, "g-1", None)
    books.post("customer.verified", about=OMAR)
    with pytest.raises(NotYet, match="grant_id"):
        books.post("promo.released", about=OMAR, grant_id="g-1")


@pytest.mark.parametrize("order", [("a", "b", "c", "d"), ("d", "c", "b", "a"), ("b", "d", "a", "c")])
@pytest.mark.parametrize("ends", [("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")])
def test_locked_until_is_the_first_expiry_whatever_closes(
    books: Books, order: tuple[str, ...], ends: tuple[str, ...]
) -> None:
    expiries = {"a": MARCH, "b": MAY, "c": JULY, "d": None}
    for name in order:
        grant(books, name, expiries[name])
    assert first_expiry(books) == MARCH
    open_ones = dict(expiries)
    for number, name in enumerate(ends):
        books.post("promo.released" if number % 2 else "promo.expired", grant_id=name, at=NOON + number * DAY)
        del open_ones[name]
        assert first_expiry(books) == min(filter(None, open_ones.values()), default=None)
    assert books.customer().locked.at(NOON) == 100


def test_an_expiry_at_the_end_of_time_is_not_lost_behind_grants_without_one(books: Books) -> None:
    end_of_time = "9999-12-31T23:59:59Z"
    grant(books, "a", None)
    grant(books, "b", None)
    grant(books, "c", end_of_time)
    grant(books, "d", None)
    assert first_expiry(books) == end_of_time


def test_a_grant_stated_anew_moves_the_first_expiry(books: Books) -> None:
    books.post("promo.granted", grant_id="a", at=NOON, expires_at=MARCH)
    grant(books, "b", MAY)
    books.post("promo.granted", grant_id="a", at=NOON + DAY, expires_at=JULY, amount_minor=40)
    assert first_expiry(books) == MAY
    assert books.customer().locked.at(NOON) == 140
    assert books.post("promo.granted", grant_id="a", at=NOON - DAY, expires_at=MARCH) == "applied"
    assert first_expiry(books) == MAY


# -------------------------------------------------------------------------------------------- provider ids


def link(books: Books, phone: str, provider_id: str, day: int) -> None:
    books.post("provider_id.linked", about=phone, provider_customer_id=provider_id, at=NOON + day * DAY)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_provider_id_is_whose_it_was_last_said_to_be(books: Books, order: tuple[int, int]) -> None:
    for day in order:
        link(books, LAYLA if day == 1 else OMAR, "pos-1", day)
    assert books.by_provider_id("pos-1") == books.customer(OMAR)
    assert books.customer(LAYLA).provider_ids == ()
    assert books.customer(OMAR).provider_ids == ("pos-1",)
    books.post("balance.topped_up", about={"provider_customer_id": "pos-1"}, at=NOON + 3 * DAY)
    assert books.customer(OMAR).balance_minor == 1000


def test_every_one_of_a_customers_provider_ids_finds_the_whole_row(books: Books) -> None:
    for number in range(3):
        link(books, LAYLA, f"pos-{number}", number)
    books.post("balance.topped_up", amount_minor=700)
    for number in range(3):
        assert books.by_provider_id(f"pos-{number}") == books.customer()
    assert len(books.rows(CUSTOMERS)) == 1 + 3


@pytest.mark.parametrize("moved", ["pos-0", "pos-1", "pos-2"])
@pytest.mark.parametrize("winner_has", [[], ["pos-"], ["pos-3"], ["pos-", "pos-3"]])
def test_no_copy_is_left_behind_when_an_id_moves(books: Books, moved: str, winner_has: list[str]) -> None:
    for number in range(3):
        link(books, LAYLA, f"pos-{number}", 0)
    for provider_id in winner_has:
        link(books, OMAR, provider_id, 0)
    link(books, OMAR, moved, 1)
    books.post("balance.topped_up", about=LAYLA, amount_minor=1)
    books.post("balance.topped_up", about=OMAR, amount_minor=2)

    kept = {f"pos-{number}" for number in range(3)} - {moved}
    for phone, provider_ids, balance in ((LAYLA, kept, 1), (OMAR, {moved, *winner_has}, 2)):
        assert set(books.customer(phone).provider_ids) == provider_ids
        assert books.customer(phone).balance_minor == balance
        for provider_id in provider_ids:
            assert books.by_provider_id(provider_id) == books.customer(phone)
    rows = books.rows(CUSTOMERS)
    assert len(rows) == 2 + len(kept) + len({moved, *winner_has})


def test_an_id_linked_twice_is_linked_once(books: Books) -> None:
    link(books, LAYLA, "pos-1", 1)
    link(books, LAYLA, "pos-1", 2)
    link(books, LAYLA, "pos-1", 0)
    assert books.customer().provider_ids == ("pos-1",)
    assert len(books.rows(CUSTOMERS)) == 2


def test_an_id_that_came_back_stays(books: Books) -> None:
    for phone, day in ((LAYLA, 1), (OMAR, 2), (LAYLA, 3)):
        link(books, phone, "pos-1", day)
    assert books.by_provider_id("pos-1") == books.customer(LAYLA)
    assert books.customer(OMAR).provider_ids == ()


# ------------------------------------------------------------------------------------------- late statements


def test_an_older_statement_that_arrives_late_changes_nothing_but_the_ledger(books: Books) -> None:
    books.post("customer.enabled", at=NOON + DAY)
    books.post("customer.registered", at=NOON + DAY, name="Layla")
    books.post("customer.disabled", at=NOON)
    books.post("customer.registered", at=NOON, name="Leila")
    layla = books.customer()
    assert (layla.state, layla.name, layla.version) == ("PENDING_PROOF", "Layla", 4)
    assert len(books.ledger_of(layla)) == 4
