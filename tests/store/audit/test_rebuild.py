"""The ledger alone gives the projection again, also while facts arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.domain.events.recorded import Event
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import sortable_instant
from customers.domain.refusals import Conflict, ValidationError
from customers.domain.stats.contributions import Counted
from customers.store.audit.rebuild import Rebuild
from customers.store.events.recorded_events import RecordedEvents
from customers.store.stats.derived_rows import counted_text
from customers.store.stats.mending import AT_ONCE, mending_writes
from tests.support.books import CUSTOMERS, DERIVED, RECORDS, SECRET, Books, Town, calls, interrupting
from tests.support.crashes import AROUND_THE_WRITE, WRITE, Crash, crash
from tests.support.facts import ABOUT_CUSTOMERS, LAYLA, NOON, OMAR, Told, batches, histories
from tests.support.history import tell_all
from tests.support.identity.merging import merge
from tests.support.stats.derivation import Derivation

pytestmark = pytest.mark.slow

FEW = settings(max_examples=settings().max_examples // 5)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr("customers.retries.time", SimpleNamespace(sleep=taken.append))
    return taken


def differs(books: Books, phone: str = LAYLA) -> bool:
    return bool(books.rebuild.compare(books.enterprise, books.customer(phone).customer_id, "QAR").differences)


def mend(books: Books, phone: str = LAYLA) -> tuple[str, ...]:
    return books.rebuild.mend(books.enterprise, books.customer(phone).customer_id, "QAR")


def everything(books: Books) -> list[dict[str, Any]]:
    """All rows, but for the number of the write: a mend is one more."""
    rows = books.rows(CUSTOMERS)
    return [{**row, "version": None} for row in rows] + books.rows(RECORDS)


@FEW
@given(st.data(), histories(facts=8, included=True))
def test_what_was_folded_fact_by_fact_is_what_the_ledger_gives_at_once(
    town: Town, data: st.DataObject, history: list[Told]
) -> None:
    books = town.newcomer()
    tell_all(books, data.draw(batches(history)))
    if not books.find():
        return
    before = [*books.rows(CUSTOMERS), *books.rows(RECORDS)]
    assert not differs(books)
    assert mend(books) == ()
    assert [*books.rows(CUSTOMERS), *books.rows(RECORDS)] == before


def lived(books: Books) -> None:
    """A customer with something of everything."""
    books.post("promo.granted", grant_id="open", expires_at="2030-01-01T00:00:00Z")
    for kind in ABOUT_CUSTOMERS:
        books.post(kind)
    books.post("provider_id.linked", provider_customer_id="pos-2")
    books.post("purchase.completed", purchase_id="twice", amount_minor=5)
    books.post("purchase.completed", purchase_id="twice", amount_minor=7)


def row(books: Books, table: str, part: str) -> dict[str, Any]:
    (found,) = [each for each in books.rows(table) if part in each["pk"]["S"] + each.get("sk", {"S": ""})["S"]]
    return found


def spoil(table: str, part: str, **values: Any) -> Callable[[Books], None]:
    def act(books: Books) -> None:
        books.client.put_item(TableName=table, Item={**row(books, table, part), **values})

    return act


def lose(table: str, part: str) -> Callable[[Books], None]:
    def act(books: Books) -> None:
        found = row(books, table, part)
        books.client.delete_item(TableName=table, Key={name: found[name] for name in ("pk", "sk") if name in found})

    return act


def invent(books: Books) -> None:
    known = row(books, RECORDS, "grant#open")
    books.client.put_item(
        TableName=RECORDS, Item={**known, "sk": {"S": "grant#invented"}, "grant_id": {"S": "invented"}}
    )


@pytest.mark.parametrize(
    "harm",
    [
        spoil(CUSTOMERS, LAYLA, balance={"N": "999999"}),
        spoil(CUSTOMERS, LAYLA, visits={"N": "0"}, recent={"B": b""}),
        spoil(CUSTOMERS, LAYLA, state={"S": "DISABLED"}),
        spoil(CUSTOMERS, "pos-2", balance={"N": "1"}),
        lose(CUSTOMERS, LAYLA),
        lose(CUSTOMERS, "pos-2"),
        spoil(RECORDS, "pointer", field_versions={"M": {}}),
        spoil(RECORDS, "grant#g-1", amount={"N": "1"}),
        lose(RECORDS, "grant#open"),
        invent,
        spoil(RECORDS, "purchase#twice", amount={"N": "5"}),
    ],
)
def test_whatever_is_spoilt_or_lost_comes_back_from_the_ledger(books: Books, harm: Callable[[Books], None]) -> None:
    lived(books)
    customer_id = books.customer().customer_id
    before = everything(books)
    harm(books)
    assert everything(books) != before
    assert books.rebuild.compare(books.enterprise, customer_id, "QAR").differences
    assert books.rebuild.mend(books.enterprise, customer_id, "QAR")
    assert everything(books) == before
    assert books.rebuild.mend(books.enterprise, customer_id, "QAR") == ()


def test_a_writer_who_read_before_a_mend_does_not_write_over_it(books: Books) -> None:
    lived(books)
    spoil(CUSTOMERS, LAYLA, balance={"N": "999999"})(books)
    before = books.customer().version
    assert mend(books)
    assert books.customer().version > before


def test_more_than_a_transaction_takes_is_mended_in_several(books: Books) -> None:
    for number in range(150):
        books.post("purchase.completed", purchase_id=f"p-{number}")
    derivation = Derivation(books)
    derivation.reconcile()
    before = everything(books), derivation.held()
    for each in books.rows(RECORDS):
        if each["sk"]["S"].startswith("purchase#"):
            books.client.delete_item(TableName=RECORDS, Key={"pk": each["pk"], "sk": each["sk"]})
    with calls(books.client) as asked:
        assert mend(books)
    assert asked.count("TransactWriteItems") == 3
    derivation.reconcile()
    assert (everything(books), derivation.held()) == before


def test_what_has_been_counted_of_a_transaction_stays_noted(books: Books) -> None:
    books.post("purchase.completed", purchase_id="p-1")
    counted = {key: value for key, value in row(books, RECORDS, "purchase#").items() if key != "uncounted"}
    books.client.put_item(TableName=RECORDS, Item={**counted, "counted": {"S": "{}"}})
    assert not differs(books)
    spoil(RECORDS, "purchase#", amount={"N": "1"})(books)
    assert mend(books)
    after = row(books, RECORDS, "purchase#")
    assert (after["amount"], after["counted"], after["uncounted"]) == ({"N": "1000"}, {"S": "{}"}, {"BOOL": True})


@pytest.mark.parametrize("kind", ["purchase", "refund"])
def test_a_transaction_whose_row_is_lost_counts_once(books: Books, kind: str) -> None:
    lived(books)
    derivation = Derivation(books)
    derivation.reconcile()
    before = everything(books), derivation.held()
    sk = next(each["sk"]["S"] for each in books.rows(RECORDS) if each["sk"]["S"].startswith(f"{kind}#"))
    lose(RECORDS, sk)(books)
    assert mend(books) == (sk,)
    derivation.reconcile()
    assert (everything(books), derivation.held()) == before
    assert derivation.is_right()


@pytest.mark.parametrize("kind", ["purchase", "refund"])
def test_a_transaction_that_no_entry_explains_goes_with_what_was_counted_of_it(books: Books, kind: str) -> None:
    lived(books)
    derivation = Derivation(books)
    derivation.reconcile()
    before = everything(books), derivation.held()
    (some, *_) = [each for each in books.rows(RECORDS) if each["sk"]["S"].startswith(f"{kind}#")]
    invented = {**some, "sk": {"S": f"{kind}#invented"}, "amount": {"N": "77"}, "uncounted": {"BOOL": True}}
    books.client.put_item(TableName=RECORDS, Item={name: invented[name] for name in invented if name != "counted"})
    derivation.reconcile()
    assert derivation.held() != before[1]
    assert mend(books) == (f"{kind}#invented",)
    assert (everything(books), derivation.held()) == before
    assert derivation.is_right()


def test_many_of_them_go_in_several_transactions_and_records_are_mended_beside_them(books: Books) -> None:
    lived(books)
    derivation = Derivation(books)
    derivation.reconcile()
    before = everything(books), derivation.held()
    (some, *_) = [each for each in books.rows(RECORDS) if each["sk"]["S"].startswith("purchase#")]
    for number in range(90):
        at = NOON + number * DAY
        invented = {**some, "sk": {"S": f"purchase#invented-{number}"}, "stamp": {"S": f"{sortable_instant(at)}#f"}}
        del invented["counted"]
        books.client.put_item(TableName=RECORDS, Item={**invented, "uncounted": {"BOOL": True}})
    derivation.reconcile()
    spoil(RECORDS, "pointer", field_versions={"M": {}})(books)
    assert "pointer" in mend(books)
    assert (everything(books), derivation.held()) == before


def test_no_more_goes_at_once_than_fits_beside_the_row_and_its_copies() -> None:
    held = {
        f"purchase#p-{number}": {
            "pk": {"S": "acme#usr_1"},
            "sk": {"S": f"purchase#p-{number}"},
            "counted": {"S": counted_text(Counted(1, f"20{number:02}-01-01", "downtown"))},
        }
        for number in range(99)
    }
    writes = mending_writes(RECORDS, DERIVED, "acme", dict.fromkeys(held), held)
    assert AT_ONCE - 3 <= len(writes) <= AT_ONCE


@pytest.mark.parametrize("is_again", [False, True], ids=["for the first time", "again"])
def test_one_that_is_counted_in_between_goes_with_what_was_counted(books: Books, is_again: bool) -> None:
    lived(books)
    derivation = Derivation(books)
    derivation.reconcile()
    before = everything(books), derivation.held()
    customer_id = books.customer().customer_id
    (some, *_) = [each for each in books.rows(RECORDS) if each["sk"]["S"].startswith("purchase#")]
    invented = {**some, "sk": {"S": "purchase#invented"}, "uncounted": {"BOOL": True}}
    del invented["counted"]
    books.client.put_item(TableName=RECORDS, Item=invented)
    if is_again:
        derivation.reconcile()
        spoil(RECORDS, "purchase#invented", amount={"N": "77"}, uncounted={"BOOL": True})(books)
    moments = iter([True])

    def count() -> None:
        if next(moments, False):
            derivation.reconcile()

    assert slow(books, WRITE, count).mend(books.enterprise, customer_id, "QAR")
    assert (everything(books), derivation.held()) == before


def test_a_provider_id_that_moved_on_stays_where_it_is(books: Books) -> None:
    books.post("provider_id.linked", at=NOON)
    books.post("provider_id.linked", at=NOON + DAY, about=OMAR)
    assert not differs(books, LAYLA)
    assert not differs(books, OMAR)


def test_a_customer_that_nobody_knows_is_refused(books: Books) -> None:
    with pytest.raises(ValidationError, match="no such customer"):
        books.rebuild.compare(books.enterprise, "usr_1", "QAR")


def test_all_customers_of_one_enterprise_are_found_and_no_others(books: Books, town: Town) -> None:
    books.post("customer.verified")
    books.post("customer.verified", about=OMAR)
    town.newcomer().post("customer.verified")
    layla, omar = (books.customer(phone).customer_id for phone in (LAYLA, OMAR))
    assert set(books.rebuild.customer_ids(books.enterprise)) == {layla, omar}
    merge(books, layla, omar)
    # What was absorbed is counted with whom it went to, once.
    assert [*books.rebuild.customer_ids(books.enterprise)] == [layla]


# -------------------------------------------------------------------------------------- while facts arrive


def slow(books: Books, moment: str, act: Callable[[], None]) -> Rebuild:
    return Rebuild(interrupting(moment, act), CUSTOMERS, RECORDS, DERIVED, SECRET)


@pytest.mark.parametrize("moment", ["before-call.dynamodb", "after-call.dynamodb"])
@pytest.mark.parametrize("at", range(1, 8))
def test_a_fact_that_arrives_meanwhile_is_neither_lost_nor_taken_for_a_difference(
    books: Books, moment: str, at: int
) -> None:
    lived(books)
    customer_id, balance = books.customer().customer_id, books.customer().balance_minor
    spoil(CUSTOMERS, LAYLA, balance={"N": "5"})(books)
    moments = iter(range(1, 99))

    def top_up() -> None:
        if next(moments) == at:
            books.post("balance.topped_up", amount_minor=1)

    assert slow(books, moment, top_up).mend(books.enterprise, customer_id, "QAR")
    assert books.customer().balance_minor == balance + 1
    moments = iter(range(1, 99))
    assert not slow(books, moment, top_up).compare(books.enterprise, customer_id, "QAR").differences


def test_a_customer_who_is_always_written_to_is_left_for_later(books: Books, pauses: list[float]) -> None:
    lived(books)
    customer_id = books.customer().customer_id
    spoil(CUSTOMERS, LAYLA, balance={"N": "5"})(books)

    def top_up() -> None:
        books.post("balance.topped_up", amount_minor=1)

    with pytest.raises(Conflict):
        slow(books, "before-call.dynamodb.Query", top_up).mend(books.enterprise, customer_id, "QAR")
    assert pauses


def test_a_count_that_comes_in_between_is_not_overwritten(books: Books) -> None:
    books.post("purchase.completed", purchase_id="p-1")
    customer_id = books.customer().customer_id
    spoil(RECORDS, "purchase#", amount={"N": "1"})(books)
    counted = {"S": "counted meanwhile"}
    moments = iter([True])

    def count() -> None:
        if next(moments, False):
            spoil(RECORDS, "purchase#", counted=counted)(books)

    assert slow(books, WRITE, count).mend(books.enterprise, customer_id, "QAR")
    after = row(books, RECORDS, "purchase#")
    assert (after["amount"], after["counted"]) == ({"N": "1000"}, counted)


@AROUND_THE_WRITE
def test_a_crash_leaves_nothing_half_mended(town: Town, moment: str) -> None:
    books = town.newcomer()
    lived(books)
    customer_id, before = books.customer().customer_id, everything(books)
    spoil(CUSTOMERS, LAYLA, balance={"N": "5"})(books)
    with pytest.raises(Crash):
        slow(books, moment, crash).mend(books.enterprise, customer_id, "QAR")
    books.rebuild.mend(books.enterprise, customer_id, "QAR")
    assert everything(books) == before


def test_a_fault_of_the_store_is_not_taken_for_a_race(books: Books) -> None:
    lived(books)
    customer_id = books.customer().customer_id
    spoil(CUSTOMERS, LAYLA, balance={"N": "5"})(books)

    def refuse() -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "TransactWriteItems")

    with pytest.raises(ClientError):
        slow(books, WRITE, refuse).mend(books.enterprise, customer_id, "QAR")


def test_an_event_changes_nothing_of_what_the_ledger_gives(books: Books) -> None:
    lived(books)
    profile = books.customer()
    event = Event("evt_1", "check_in", profile.customer_id, "north-1", NOON, NOON, {"note": "x"})
    idempotency_key = IdempotencyKey("record_event", "k", "print", NOON)
    record = IdempotencyRecord("print", 201, {}, None)
    RecordedEvents(books.client, CUSTOMERS, RECORDS, "ReceiptsTable").record(
        books.enterprise, Phone(LAYLA), event, idempotency_key, record
    )
    assert [row["type"]["S"] for row in books.rows(RECORDS) if "evt_1" in row["sk"]["S"]] == [
        "event.check_in",
        "customer.event_recorded",
    ]
    before = everything(books)
    assert not differs(books)
    # What is wrong for another reason is mended beside it.
    spoil(CUSTOMERS, LAYLA, balance={"N": "1"})(books)
    assert mend(books) == ("balance",)
    assert everything(books) == before
