"""Whoever reads or writes an absorbed customer, while that customer is set free, gets the right one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Conflict
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.profiles import Profiles
from customers.store.facts.own_entries import OwnEntries
from customers.store.records.absorbed_rows import ABSORBED
from customers.store.records.keys import PART
from tests.support.books import CUSTOMERS, RECORDS, SECRET, Books, interrupting, ledger
from tests.support.crashes import once
from tests.support.dynamodb.metering import counted
from tests.support.facts import LATER, LAYLA, NOON, OMAR, SARA, customer_fact
from tests.support.identity.correcting import correct
from tests.support.identity.merging import merge, unmerge

HOUR = timedelta(hours=1)
MONEY = {"amount_minor": 100, "currency": "QAR"}


def known(books: Books, *phones: str) -> list[str]:
    for phone in phones:
        books.post("customer.registered", about=phone, name=f"At {phone[-2:]}")
    return [books.customer(phone).customer_id for phone in phones]


def no_differences(books: Books, *ids: str) -> None:
    for each in ids:
        assert books.rebuild.compare(books.enterprise, each, "QAR").differences == ()


def set_free(books: Books, number: int, layla: str, omar: str, more: int = 0) -> Callable[[], None]:
    """Sets Omar free before the request of this number. After that Layla's row may be written again."""

    def act() -> None:
        unmerge(books, layla, omar)
        for each in range(more):
            books.post("balance.topped_up", fact_id=f"more-{each}", **MONEY)

    return once(act, number)


@pytest.mark.parametrize("more", [0, 2], ids=["no more writes", "two more writes"])
@pytest.mark.parametrize("others", [0, 1], ids=["the only one", "one of two"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_till_sees_the_right_person_at_every_instant(books: Books, number: int, others: int, more: int) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    if others:
        merge(books, layla, sara)
    merge(books, layla, omar)
    before = books.customer(OMAR)
    assert before.customer_id == layla
    client = interrupting("before-call.dynamodb.GetItem", set_free(books, number, layla, omar, more))
    found = Profiles(client, CUSTOMERS).find(books.enterprise, Phone(OMAR))
    # As it was before, or as it is now.
    assert found in (before, books.customer(OMAR))
    assert found is not None
    no_differences(books, layla, *([omar] if number < 3 else []))


def test_who_is_absorbed_again_is_found_by_phone(books: Books) -> None:
    """Also where the survivor had set them free before, and where the survivor has been absorbed since."""
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    for survivor, absorbed in ((layla, omar), (layla, sara)):
        merge(books, survivor, absorbed)
        unmerge(books, survivor, absorbed)
    assert books.customer().left == (omar, sara)
    merge(books, layla, omar)
    assert books.customer(OMAR).customer_id == layla
    assert books.customer().left == (sara,)
    merge(books, sara, layla)
    assert {books.customer(each).customer_id for each in (OMAR, LAYLA)} == {sara}
    no_differences(books, sara)
    unmerge(books, sara, layla)
    assert [books.customer(each).customer_id for each in (OMAR, LAYLA, SARA)] == [layla, layla, sara]
    no_differences(books, layla, sara)


@pytest.mark.parametrize("number", range(1, 6))
def test_an_absorbed_id_leads_to_the_right_person_at_every_instant(books: Books, number: int) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    merge(books, layla, omar)
    before = books.customer(OMAR)
    client = interrupting("before-call.dynamodb.GetItem", set_free(books, number, layla, omar))
    found = CustomersById(client, CUSTOMERS, RECORDS).find(books.enterprise, omar)
    assert found in (before, books.customer(OMAR))


@pytest.mark.parametrize("others", [0, 1], ids=["the only one", "one of two"])
@pytest.mark.parametrize("how", ["phone", "id"])
@pytest.mark.parametrize("moment", ["GetItem", "BatchGetItem", "TransactWriteItems"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_fact_on_its_way_reaches_the_part_that_it_names(
    books: Books, moment: str, number: int, how: str, others: int
) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    if others:
        merge(books, layla, sara)
    merge(books, layla, omar)
    client = interrupting(f"before-call.dynamodb.{moment}", set_free(books, number, layla, omar))
    about = OMAR if how == "phone" else {"customer_id": omar}
    fact = customer_fact("balance.topped_up", books.enterprise, about=about, **MONEY)
    assert ledger(client).post([fact]) == ["applied"]
    if books.customer(OMAR).customer_id == layla:
        unmerge(books, layla, omar)
    assert (books.customer(LAYLA).balance_minor, books.customer(OMAR).balance_minor) == (0, 100)
    no_differences(books, layla, omar)


@pytest.mark.parametrize("number", range(1, 6))
def test_a_correction_by_the_absorbed_id_is_not_the_survivors_once_they_are_two(books: Books, number: int) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    merge(books, layla, omar)
    client = interrupting("before-call.dynamodb.GetItem", set_free(books, number, layla, omar))
    found = None
    # The operation tries again.
    with suppress(Conflict):
        found = OwnEntries(client, CUSTOMERS, RECORDS, SECRET).account(books.enterprise, omar)
    if found and books.customer(OMAR).customer_id == omar and found.profile.customer_id == layla:
        # It was read before, and the version of the row says so at the write.
        assert found.profile.version < books.customer(LAYLA).version


@pytest.mark.parametrize("first", ["the middle one", "the last one"])
def test_of_merges_that_are_all_undone_no_row_is_left(books: Books, first: str) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    before = [row["pk"] for row in books.rows(CUSTOMERS)]
    merge(books, omar, sara)
    merge(books, layla, omar)
    steps = [(layla, omar), (omar, sara)] if first == "the middle one" else [(layla, sara), (layla, omar)]
    for survivor, absorbed in steps:
        unmerge(books, survivor, absorbed)
    assert [row["pk"] for row in books.rows(CUSTOMERS)] == before
    assert not [row["sk"] for row in books.rows(RECORDS) if row["sk"]["S"].startswith((ABSORBED, PART))]
    no_differences(books, layla, omar, sara)


def test_an_absorbed_phone_that_the_survivor_took_and_gave_up_leads_nowhere(books: Books) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    merge(books, omar, sara)
    correct(books, omar, SARA, LATER + HOUR)
    correct(books, omar, OMAR, LATER + 2 * HOUR)
    merge(books, layla, omar)
    assert (books.find(SARA), books.customer(OMAR).customer_id) == (None, layla)
    no_differences(books, layla)


@pytest.mark.parametrize("number", range(1, 6))
def test_whoever_is_shown_with_parts_has_as_many_as_the_row_says(books: Books, number: int) -> None:
    """A preview of an unmerge writes nothing that would fail on the version of the row."""
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    merge(books, layla, sara)
    merge(books, layla, omar)
    client = interrupting("before-call.dynamodb", set_free(books, number, layla, omar))
    # The operation tries again.
    with suppress(Conflict):
        found = OwnEntries(client, CUSTOMERS, RECORDS, SECRET).account(books.enterprise, layla)
        assert found
        assert found.parts
        assert len(found.parts.parts) == len(found.parts.merges) + 1 == found.profile.absorbed + 1


@pytest.mark.slow
def test_of_many_absorbed_customers_one_in_the_middle_is_set_free(books: Books) -> None:
    """Constant but for the rows of the parts."""
    (layla,) = known(books, LAYLA)
    costs = []
    for most in (4, 40):
        for number in range(most):
            phone = f"+9743301{number:04}" if most == 4 else f"+9743302{number:04}"
            books.post("balance.topped_up", about=phone, **MONEY)
            merge(books, layla, books.customer(phone).customer_id)
        phone = f"+9743301{most // 2:04}" if most == 4 else f"+9743302{most // 2:04}"
        freed = _absorbed_at(books, phone)
        with counted(books.client) as cost:
            unmerge(books, layla, freed)
        costs.append(cost.requests)
        assert books.customer(phone).balance_minor == 100
        assert books.customer(phone).customer_id == freed
        no_differences(books, layla, freed)
    assert costs[0] == costs[1]
    assert books.customer(LAYLA).balance_minor == 42 * 100


def _absorbed_at(books: Books, phone: str) -> str:
    (row,) = [row for row in books.rows(CUSTOMERS) if row["pk"]["S"].endswith(f"#{phone}")]
    return str(row["absorbed"]["S"])


def linked(books: Books, phone: str, hours: int, kind: str = "linked", provider_id: str = "pos-1") -> None:
    at = NOON + hours * HOUR
    books.post(f"provider_id.{kind}", about=phone, at=at, provider_customer_id=provider_id)


def holder(books: Books, provider_id: str = "pos-1") -> str | None:
    profile = books.by_provider_id(provider_id)
    return profile.customer_id if profile else None


@pytest.mark.parametrize("number", range(1, 8))
def test_a_link_of_somebody_who_is_absorbed_meanwhile_is_the_survivors(books: Books, number: int) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    client = interrupting("before-call.dynamodb", once(lambda: merge(books, layla, omar), number))
    fact = customer_fact("provider_id.linked", books.enterprise, about=OMAR, at=NOON + HOUR)
    assert ledger(client).post([fact]) == ["applied"]
    if books.customer(OMAR).customer_id == omar:
        merge(books, layla, omar)
    assert holder(books) == layla
    no_differences(books, layla)


AFTER = (LATER - NOON) // HOUR
"""Hours until the merges."""


@pytest.mark.parametrize("first", ["merge", "link"])
def test_who_was_another_customer_has_taken_no_link_back(books: Books, first: str) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    linked(books, OMAR, 1)
    merge(books, layla, omar)
    linked(books, LAYLA, AFTER + 2, "unlinked")
    assert holder(books) is None
    no_differences(books, layla)
    unmerge(books, layla, omar)
    assert holder(books) == omar
    no_differences(books, layla, omar)
    books.post("balance.topped_up", about={"provider_customer_id": "pos-1"}, at=NOON + (AFTER + 5) * HOUR, **MONEY)
    assert books.customer(OMAR).balance_minor == 100
    # Merged again, it is the link of one of the two, and was never taken back.
    merge(books, omar, layla) if first == "merge" else merge(books, layla, omar)
    assert holder(books) == books.customer().customer_id
    no_differences(books, books.customer().customer_id)


def test_a_link_that_its_own_part_took_back_stays_taken_back(books: Books) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    linked(books, OMAR, 1)
    merge(books, layla, omar)
    linked(books, OMAR, AFTER + 1, "unlinked")
    linked(books, LAYLA, AFTER + 2, "unlinked")
    unmerge(books, layla, omar)
    assert holder(books) is None
    no_differences(books, layla, omar)


@pytest.mark.parametrize("ids", [["pos-1"], ["pos-1", "pos-2"]], ids=len)
def test_who_had_the_ids_meanwhile_gives_them_back(books: Books, ids: list[str]) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    for each in ids:
        linked(books, SARA, 0, provider_id=each)
        linked(books, OMAR, 1, provider_id=each)
    merge(books, layla, omar)
    for each in ids:
        linked(books, LAYLA, AFTER + 2, "unlinked", each)
    assert {holder(books, each) for each in ids} == {sara}
    before = books.customer(SARA)
    unmerge(books, layla, omar)
    assert {holder(books, each) for each in ids} == {omar}
    # Whoever has read her before does not write over it.
    assert books.customer(SARA).version > before.version
    assert books.customer(SARA).provider_ids == ()
    no_differences(books, layla, omar, sara)


def test_another_part_that_had_the_id_meanwhile_gives_it_back(books: Books) -> None:
    """Sara is no other customer any more when Omar, whose link it was, is set free."""
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    linked(books, SARA, 0)
    linked(books, OMAR, 1)
    merge(books, layla, omar)
    linked(books, LAYLA, AFTER + 2, "unlinked")
    assert holder(books) == sara
    merge(books, layla, sara)
    assert holder(books) == layla
    unmerge(books, layla, omar)
    assert holder(books) == omar
    assert books.customer().provider_ids == ()
    no_differences(books, layla, omar)


def test_what_a_third_customer_had_by_the_id_meanwhile_moves_by_two_facts(books: Books) -> None:
    """An unmerge reads no ledger. To unlink the id and to link it again does."""
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    linked(books, OMAR, 1)
    merge(books, layla, omar)
    linked(books, LAYLA, AFTER + 2, "unlinked")
    linked(books, SARA, AFTER + 3)
    books.post("balance.topped_up", about={"provider_customer_id": "pos-1"}, at=NOON + 5 * HOUR, amount_minor=700)
    unmerge(books, layla, omar)
    assert [books.customer(phone).balance_minor for phone in (LAYLA, OMAR, SARA)] == [0, 0, 700]
    linked(books, OMAR, 2, "unlinked")
    linked(books, OMAR, 3)
    assert [books.customer(phone).balance_minor for phone in (LAYLA, OMAR, SARA)] == [0, 700, 0]
    assert holder(books) == sara
    no_differences(books, layla, omar, sara)


def test_an_unlink_inside_the_part_that_leaves_still_counts(books: Books) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    linked(books, SARA, 1)
    merge(books, omar, sara)
    linked(books, OMAR, AFTER + 2, "unlinked")
    merge(books, layla, omar)
    unmerge(books, layla, omar)
    assert holder(books) is None
    no_differences(books, layla, omar)
    unmerge(books, omar, sara)
    assert holder(books) == sara
    no_differences(books, layla, omar, sara)


def test_a_link_that_comes_late_moves_what_another_part_of_the_same_customer_has(books: Books) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    books.post("purchase.completed", purchase_id="p-1", at=NOON, **MONEY)
    merge(books, layla, omar)
    linked(books, LAYLA, 9)
    books.post(
        "purchase.completed", about={"provider_customer_id": "pos-1"}, at=NOON + 5 * HOUR, purchase_id="p-1", **MONEY
    )
    assert books.customer().activity.visit_count == 1
    # Omar had the id at that time, so it was a purchase of his: purchases are identified within their part.
    linked(books, OMAR, 3)
    assert books.customer().activity.visit_count == 2
    no_differences(books, layla)
    unmerge(books, layla, omar)
    assert [books.customer(each).activity.visit_count for each in (LAYLA, OMAR)] == [1, 1]
    no_differences(books, layla, omar)


@pytest.mark.parametrize("number", range(1, 12))
def test_a_merge_of_somebody_who_absorbs_the_survivor_meanwhile_is_a_conflict(books: Books, number: int) -> None:
    """The merge before the request of this number. Some of what is read says that the survivor is the other's part."""
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    merge(books, omar, sara)
    left = [number]

    def act() -> None:
        left[0] -= 1
        if left[0] == 0:
            merge(books, omar, layla)

    client = interrupting("before-call.dynamodb", act)
    with suppress(Conflict):
        merge(replace(books, client=client), layla, omar)
    survivor = books.customer(LAYLA)
    assert (survivor.customer_id, survivor.absorbed) == (omar if left[0] <= 0 else layla, 2)
    no_differences(books, survivor.customer_id)
