"""The index is read by a beginning, with the rows as they are; what stays unread is the next page's."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Unavailable
from customers.domain.search.criteria import Reading
from customers.domain.search.terms import search_terms
from customers.store.search import SearchIndex
from customers.store.stats.derived_rows import term_of, term_row, terms_beginning
from tests.support.books import CUSTOMERS, DERIVED, Books, calls, interrupting
from tests.support.crashes import once
from tests.support.customers.people import lay_down
from tests.support.facts import LAYLA, OMAR, SARA
from tests.support.identity.merging import merge
from tests.support.tables import dynamodb

PEOPLE = [
    Profile(f"usr_{number:02}", Phone(f"+9743300112{number}"), "QAR", name=name)
    for number, name in enumerate(["Layla Hassan", "Hasan Hassan", "ليلى حسن", "Hassan", None])
]


@pytest.fixture
def index(books: Books) -> SearchIndex:
    lay_down(books.client, books.enterprise, PEOPLE)
    return SearchIndex(books.client, DERIVED, CUSTOMERS)


def _ids(reading: Reading) -> list[str | None]:
    return [each.profile.customer_id if each.profile else None for each in reading.candidates]


@pytest.mark.parametrize("profile", PEOPLE)
def test_a_row_says_its_term_and_lies_where_its_beginnings_are_looked_for(profile: Profile) -> None:
    for term in search_terms(profile):
        row = term_row("acme", term, profile.customer_id, profile.phone.e164)
        assert term_of(row) == term
        kind, _, value = term.partition("#")
        for length in [len(value)] if kind == "last4" else range(1, len(value) + 1):
            partition, beginning = terms_beginning("acme", f"{kind}#{value[:length]}")
            assert row["pk"]["S"] == partition
            assert row["sk"]["S"].startswith(beginning)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("word#hass", ["usr_00", "usr_01", "usr_03"]),
        ("word#has", ["usr_01", "usr_00", "usr_01", "usr_03"]),
        ("word#hassan", ["usr_00", "usr_01", "usr_03"]),
        ("word#hassanx", []),
        ("word#حس", ["usr_02"]),
        ("last4#1124", ["usr_04"]),
        ("last4#9999", []),
        ("phone#+", ["usr_00", "usr_01", "usr_02", "usr_03", "usr_04"]),
        ("phone#+97433001123", ["usr_03"]),
        ("phone#+1", []),
    ],
)
def test_candidates_are_those_whose_term_begins_so_in_its_order(
    books: Books, index: SearchIndex, source: str, found: list[str]
) -> None:
    reading = index.read(books.enterprise, source, None, 100)
    assert (_ids(reading), reading.more) == (found, False)
    assert all(each.term.startswith(source) for each in reading.candidates)
    assert index.read(books.enterprise + "-other", source, None, 100).candidates == []


def test_pages_follow_each_other(books: Books, index: SearchIndex) -> None:
    first = index.read(books.enterprise, "phone#+", None, 2)
    assert (_ids(first), first.more) == (["usr_00", "usr_01"], True)
    second = index.read(books.enterprise, "phone#+", first.candidates[-1].after, 100)
    assert (_ids(second), second.more) == (["usr_02", "usr_03", "usr_04"], False)


def test_the_rows_are_read_as_they_have_been_written_last(books: Books, index: SearchIndex) -> None:
    asked: list[Any] = []
    client = dynamodb()
    client.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem", lambda params, **_: asked.append(params["RequestItems"])
    )
    SearchIndex(client, DERIVED, CUSTOMERS).read(books.enterprise, "word#has", None, 100)
    (request,) = asked
    assert request.keys() == {CUSTOMERS}
    assert request[CUSTOMERS]["ConsistentRead"] is True
    # Who is named twice is read once.
    assert len(request[CUSTOMERS]["Keys"]) == 3


def _leaving_out(phones: set[str]) -> DynamoDBClient:
    """Tables that leave these rows of a batch unread."""

    def leave_out(parsed: dict[str, Any], **_: object) -> None:
        rows = parsed["Responses"][CUSTOMERS]
        unread = [{"pk": row["pk"]} for row in rows if row["phone"]["S"] in phones]
        rows[:] = [row for row in rows if row["phone"]["S"] not in phones]
        if unread:
            parsed["UnprocessedKeys"] = {CUSTOMERS: {"Keys": unread, "ConsistentRead": True}}

    client = dynamodb()
    client.meta.events.register("after-call.dynamodb.BatchGetItem", leave_out)
    return client


def test_what_a_batch_leaves_out_is_left_to_the_next_page(books: Books, index: SearchIndex) -> None:
    client = _leaving_out({PEOPLE[2].phone.e164, PEOPLE[4].phone.e164})
    with calls(client) as asked:
        reading = SearchIndex(client, DERIVED, CUSTOMERS).read(books.enterprise, "phone#+", None, 100)
    assert (_ids(reading), reading.more) == (["usr_00", "usr_01"], True)
    assert asked == ["Query", "BatchGetItem"]
    rest = index.read(books.enterprise, "phone#+", reading.candidates[-1].after, 100)
    assert _ids(rest) == ["usr_02", "usr_03", "usr_04"]


def test_a_batch_that_leaves_the_first_one_out_is_to_be_asked_again(books: Books, index: SearchIndex) -> None:
    client = _leaving_out({PEOPLE[0].phone.e164})
    with pytest.raises(Unavailable):
        SearchIndex(client, DERIVED, CUSTOMERS).read(books.enterprise, "phone#+", None, 100)


def test_nobody_costs_one_request(books: Books, index: SearchIndex) -> None:
    with calls(books.client) as asked:
        index.read(books.enterprise, "word#nobody", None, 100)
    assert asked == ["Query"]


@pytest.mark.parametrize("number", [1, 2])
def test_who_was_absorbed_is_found_also_while_the_survivor_is_absorbed(books: Books, number: int) -> None:
    for phone in (LAYLA, OMAR, SARA):
        books.post("customer.registered", about=phone)
    layla, omar, sara = (books.customer(phone).customer_id for phone in (LAYLA, OMAR, SARA))
    books.client.put_item(TableName=DERIVED, Item=term_row(books.enterprise, f"phone#{OMAR}", omar, OMAR))
    merge(books, layla, omar)
    absorb = once(partial(merge, books, sara, layla), number)
    search = SearchIndex(interrupting("before-call.dynamodb.BatchGetItem", absorb), DERIVED, CUSTOMERS)
    assert _ids(search.read(books.enterprise, f"phone#{OMAR}", None, 100)) == [sara]
