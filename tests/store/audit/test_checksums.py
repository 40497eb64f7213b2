"""The checksum of a ledger is that of its entries, in every life, and tells of one that is lost, altered or added."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from customers.domain.facts.parts.checksums import checksum, entries_in, together, without
from customers.domain.refusals import ValidationError
from customers.store.records.entry_hashes import checksums_of, is_entry
from tests.support.books import CUSTOMERS, RECORDS, SECRET, Books, Town
from tests.support.facts import LAYLA, NOON, OMAR, customer_fact
from tests.support.identity.merging import merge, unmerge

HOUR = timedelta(hours=1)
CARD = {"provider_customer_id": "pos-1"}


def lived(books: Books) -> None:
    """Two customers with facts of many types, one of them by a provider id that turns out to be the other's."""
    for phone in (LAYLA, OMAR):
        books.post("customer.registered", about=phone, fact_id=f"name-{phone}")
        books.post("purchase.completed", about=phone, fact_id=f"bought-{phone}")
        books.post("promo.granted", about=phone, fact_id=f"grant-{phone}")
    books.post("provider_id.linked", about=LAYLA, at=NOON, **CARD)
    books.post("balance.topped_up", about=CARD, at=NOON + 2 * HOUR, fact_id="by-card", amount_minor=700)


def stored(books: Books) -> dict[str, bytes]:
    """The checksums in the customers' rows, by id."""
    rows = [row for row in books.rows(CUSTOMERS) if "customer_id" in row]
    return {row["customer_id"]["S"]: row["checksum"]["B"] for row in rows}


def of_parts(books: Books) -> dict[str, bytes]:
    """The checksums in the rows of parts, by id."""
    parts = [row for row in books.rows(RECORDS) if row["sk"]["S"] == "part"]
    return {row["pk"]["S"].partition("#")[2]: row["checksum"]["B"] for row in parts}


def counted(books: Books) -> dict[str, bytes]:
    """The checksums of the entries, by the part in whose ledger they are."""
    return checksums_of(SECRET, books.enterprise, books.rows(RECORDS))


def ids(books: Books) -> tuple[str, str]:
    return books.customer(LAYLA).customer_id, books.customer(OMAR).customer_id


def test_each_fact_is_counted_once(books: Books) -> None:
    lived(books)
    assert books.post("promo.granted", about=OMAR, fact_id=f"grant-{OMAR}") == "duplicate"
    layla, omar = ids(books)
    assert stored(books) == counted(books)
    assert {each: entries_in(of) for each, of in stored(books).items()} == {layla: 5, omar: 3}


def test_an_entry_that_a_late_link_moves_takes_its_hash_along(books: Books) -> None:
    lived(books)
    books.post("provider_id.linked", about=OMAR, at=NOON + HOUR, **CARD)
    layla, omar = ids(books)
    assert stored(books) == counted(books)
    assert {each: entries_in(of) for each, of in stored(books).items()} == {layla: 4, omar: 5}


def test_a_merge_adds_them_and_each_part_keeps_its_own(books: Books) -> None:
    lived(books)
    layla, omar = ids(books)
    merge(books, layla, omar)
    books.post("balance.topped_up", about=OMAR, amount_minor=5)
    books.post("provider_id.linked", about=OMAR, at=NOON + HOUR, **CARD)
    assert of_parts(books) == counted(books)
    assert stored(books) == {layla: together(*counted(books).values())}


def test_a_late_link_within_a_merged_customer_moves_between_the_parts(books: Books) -> None:
    nour = "+97455003344"
    lived(books)
    books.post("customer.registered", about=nour)
    merge(books, *ids(books))
    books.post("provider_id.linked", about=nour, at=NOON + HOUR, **CARD)
    found = counted(books)
    of_nour = found.pop(books.customer(nour).customer_id)
    assert of_parts(books) == found
    assert sorted(stored(books).values()) == sorted([of_nour, together(*found.values())])


def test_an_unmerge_gives_each_its_own(books: Books) -> None:
    lived(books)
    layla, omar = ids(books)
    merge(books, layla, omar)
    books.post("balance.topped_up", about=OMAR, amount_minor=5)
    unmerge(books, layla, omar)
    assert stored(books) == counted(books)
    assert of_parts(books) == {}


HARMS: dict[str, tuple[Callable[[dict[str, Any]], list[dict[str, Any]]], str]] = {
    "lost": (lambda row: [], "lacks 1 of 5 entries"),
    "altered": (
        lambda row: [{**row, "detail": {"S": row["detail"]["S"].replace("700", "70000")}}],
        "has an entry that was altered (the record of the fact by-card knows another content)",
    ),
    "altered beyond reading": (
        lambda row: [{**row, "detail": {"S": "{}"}}],
        "has an entry that was altered (the record of the fact by-card knows another content)",
    ),
    "told of another instant": (
        lambda row: [{**row, "sk": {"S": row["sk"]["S"].replace("14:00", "15:00")}}],
        "has an entry that was altered (the record of the fact by-card knows another content)",
    ),
    "added": (
        lambda row: [row, {**row, "sk": {"S": row["sk"]["S"].replace("by-card", "by-nobody")}}],
        "has 1 entries that were never written (no record knows the fact by-nobody)",
    ),
    "under another type": (
        lambda row: [{**row, "type": {"S": "balance.spent"}}],
        "has an entry that was altered (the record of the fact by-card knows another content)",
    ),
}


@pytest.mark.parametrize("merged", [False, True], ids=["", "merged"])
@pytest.mark.parametrize("harm", HARMS)
def test_an_entry_that_is_not_as_it_was_written_is_named_and_nobody_follows_it(
    books: Books, harm: str, merged: bool
) -> None:
    lived(books)
    layla, omar = ids(books)
    if merged:
        merge(books, layla, omar)
    act, named = HARMS[harm]
    spoil(books, "by-card", act)
    before = books.rows(CUSTOMERS), books.rows(RECORDS)
    for attempt in (books.rebuild.compare, books.rebuild.mend):
        with pytest.raises(ValidationError) as refused:
            attempt(books.enterprise, layla, "QAR")
        assert named.replace("of 5", "of 9" if merged else "of 5") in str(refused.value)
    assert (books.rows(CUSTOMERS), books.rows(RECORDS)) == before


def test_an_entry_of_this_system_is_missed_though_no_record_knows_it(books: Books) -> None:
    lived(books)
    layla, omar = ids(books)
    merge(books, layla, omar)
    spoil(books, f"mrg_{omar}", lambda _row: [])
    with pytest.raises(ValidationError, match="lacks 1 of 9 entries: restore"):
        books.rebuild.compare(books.enterprise, layla, "QAR")


def test_a_fact_that_lost_its_record_and_its_entry_is_missed(books: Books) -> None:
    lived(books)
    spoil(books, "by-card", lambda _row: [])
    books.client.delete_item(
        TableName=RECORDS, Key={"pk": {"S": f"{books.enterprise}#fact#by-card"}, "sk": {"S": "receipt"}}
    )
    with pytest.raises(ValidationError, match="lacks 1 of 5 entries: restore"):
        books.rebuild.compare(books.enterprise, ids(books)[0], "QAR")


def test_an_entry_that_lies_with_another_part_is_named(books: Books) -> None:
    lived(books)
    layla, omar = ids(books)
    merge(books, layla, omar)
    spoil(books, "by-card", lambda row: [{**row, "pk": {"S": f"{books.enterprise}#{omar}"}}])
    with pytest.raises(ValidationError, match="lie with another part"):
        books.rebuild.compare(books.enterprise, layla, "QAR")


def test_a_customer_follows_the_ledger_once_a_person_has_accepted_it(books: Books) -> None:
    lived(books)
    layla, _ = ids(books)
    spoil(books, "by-card", HARMS["altered"][0])
    books.rebuild.mend(books.enterprise, layla, "QAR", accept_ledger=True)
    assert books.customer().balance_minor == 70000
    assert stored(books) == counted(books)
    assert books.rebuild.compare(books.enterprise, layla, "QAR").differences == ()


def test_the_checksum_survives_a_lost_entry_that_arrives_after_it(books: Books) -> None:
    """What comes later changes nothing of the difference."""
    lived(books)
    layla, omar = ids(books)
    spoil(books, "by-card", lambda _row: [])
    books.post("balance.topped_up", about=LAYLA, amount_minor=5)
    books.post("provider_id.linked", about=OMAR, at=NOON + HOUR, **CARD)
    merge(books, layla, omar)
    unmerge(books, layla, omar)
    assert entries_in(without(stored(books)[layla], counted(books)[layla])) == 1
    assert stored(books)[omar] == counted(books)[omar]


def test_in_another_order_and_with_another_key_it_is_the_same_and_another(town: Town) -> None:
    books, others = town.newcomer(), town.newcomer()
    for told in (books, others):
        facts = [customer_fact("balance.topped_up", told.enterprise, fact_id=f"f-{n}", amount_minor=n) for n in (1, 2)]
        told.ledger.post(facts if told is books else facts[::-1])
    (mine,), (theirs,) = (stored(each).values() for each in (books, others))
    assert entries_in(mine) == entries_in(theirs) == 2
    # The key is the enterprise's own.
    assert mine != theirs
    rows = [{**row, "pk": {"S": "x#y"}} for row in books.rows(RECORDS) if is_entry_row(row)]
    assert checksums_of(SECRET, books.enterprise, rows) == checksums_of(SECRET, books.enterprise, rows[::-1])


def test_sums_wrap_and_come_back() -> None:
    one, other = checksum(1, 2**128 - 1), checksum(2**32 - 1, 5)
    assert together(one, other) == checksum(0, 4)
    assert without(together(one, other), other) == one
    assert (together(b"", one), without(one, one), entries_in(b"")) == (one, b"", 0)
    assert len(one) == 20
    # As many entries, and others: a ledger with one lost and another one invented is not empty.
    assert without(checksum(1, 5), checksum(1, 3)) == checksum(0, 2) != b""


def is_entry_row(row: dict[str, Any]) -> bool:
    return "type" in row and is_entry(row)


def spoil(books: Books, fact_id: str, act: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> None:
    """Puts what `act` makes of an entry in its place."""
    (row,) = [row for row in books.rows(RECORDS) if row["sk"]["S"].endswith(f"#{fact_id}")]
    assert row["sk"]["S"].startswith("ledger#")
    assert json.loads(row["detail"]["S"])
    books.client.delete_item(TableName=RECORDS, Key={"pk": row["pk"], "sk": row["sk"]})
    for each in act(dict(row)):
        books.client.put_item(TableName=RECORDS, Item=each)
