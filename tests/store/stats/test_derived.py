"""Search, totals and days follow the tables, however often a stream reports a change."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Transaction
from customers.domain.facts.event_order import EventOrder
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Unavailable
from customers.domain.search.terms import DISABLED
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.customers.pointers import pointer_row
from customers.store.customers.rows import customer_rows
from customers.store.records.transaction_rows import transaction_row
from customers.store.stats.shards import FEW, SHARDS, Shards
from tests.support.books import CUSTOMERS, DERIVED, RECORDS, Books, Town, calls, interrupting
from tests.support.crashes import WRITE
from tests.support.facts import LATER, LAYLA, NOON, OMAR
from tests.support.stats.derivation import Derivation, deriver
from tests.support.tables import dynamodb

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
BASE = {"customers_pending_proof": 1}


def test_a_customer_is_counted_and_found(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered", name="Layla Hassan")
    books.post("balance.topped_up", amount_minor=500)
    derivation.reconcile()
    assert derivation.is_right()
    held = derivation.held()
    assert held.totals == {**BASE, "balance_minor": 500, "spendable_minor": 500}
    assert derivation.terms() == {"word#layla", "word#hassan", "last4#1122", f"phone#{LAYLA}"}


def test_a_change_of_state_moves_a_customer_from_one_count_to_another(books: Books, derivation: Derivation) -> None:
    books.post("promo.granted", amount_minor=70)
    derivation.reconcile()
    assert derivation.held().totals == {**BASE, "locked_minor": 70, "unclaimed_minor": 70}
    books.post("customer.verified")
    derivation.reconcile()
    assert derivation.held().totals == {"customers_verified": 1, "locked_minor": 70}


def test_a_new_name_is_found_and_the_old_one_is_not(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered", name="Layla Hassan")
    derivation.reconcile()
    books.post("customer.registered", name="Leila Hassan", at=NOON + DAY)
    derivation.reconcile()
    assert derivation.is_right()
    assert {term for term in derivation.terms() if term.startswith("word#")} == {"word#leila", "word#hassan"}


def test_who_is_shut_off_is_not_found_until_enabled(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered")
    books.post("customer.disabled", at=NOON + DAY)
    derivation.reconcile()
    # Only a search for disabled customers reads these.
    assert derivation.terms()
    assert {term for term in derivation.terms() if not term.startswith(DISABLED)} == set()
    assert derivation.held().totals == {"customers_disabled": 1}
    books.post("customer.enabled", at=NOON + 2 * DAY)
    derivation.reconcile()
    assert derivation.is_right()
    assert "word#layla" in derivation.terms()


def test_a_purchase_counts_on_its_day_and_in_its_branch_and_a_refund_on_its_day(
    books: Books, derivation: Derivation
) -> None:
    books.post("purchase.completed", amount_minor=4500, purchase_id="p-1", branch_id="north-1")
    books.post("purchase.completed", amount_minor=500, purchase_id="p-2", branch_id=None)
    books.post("purchase.refunded", amount_minor=100, at=NOON + DAY)
    derivation.reconcile()
    assert derivation.is_right()
    assert derivation.held().days == {
        ("2024-06-01", ""): {"visits": 2, "spend_minor": 5000},
        ("2024-06-01", "north-1"): {"visits": 1, "spend_minor": 4500},
        ("2024-06-02", ""): {"refunds": 1, "refunded_minor": 100},
    }


def test_a_purchase_that_is_said_anew_moves_to_where_it_belongs(books: Books, derivation: Derivation) -> None:
    books.post("purchase.completed", purchase_id="p-1", amount_minor=4500, branch_id="north-1")
    derivation.reconcile()
    books.post("purchase.completed", purchase_id="p-1", amount_minor=4000, branch_id="north-2", at=NOON + DAY)
    derivation.reconcile()
    assert derivation.is_right()
    share = {"visits": 1, "spend_minor": 4000}
    assert derivation.held().days == {("2024-06-02", ""): share, ("2024-06-02", "north-2"): share}


def test_a_purchase_of_nothing_is_a_visit(books: Books, derivation: Derivation) -> None:
    books.post("purchase.completed", amount_minor=0, branch_id=None)
    derivation.reconcile()
    assert derivation.held().days == {("2024-06-01", ""): {"visits": 1}}


# ------------------------------------------------------------------------------ what other operations will do


def _rows(derivation: Derivation, table: str, sk: str | None = None) -> list[dict[str, Any]]:
    return [row for row in derivation.books.rows(table) if sk is None or row["sk"]["S"] == sk]


def test_who_is_gone_is_neither_counted_nor_found(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered")
    books.post("balance.topped_up", about=OMAR, amount_minor=500)
    derivation.reconcile()
    gone = derivation.change()
    for row in [*_rows(derivation, CUSTOMERS), *_rows(derivation, RECORDS, "pointer")]:
        if row["phone"]["S"] == LAYLA:
            derivation.delete(CUSTOMERS if "version" in row else RECORDS, row)
    derivation.reconcile(gone)
    assert derivation.is_right()
    assert derivation.held().totals == {**BASE, "balance_minor": 500, "spendable_minor": 500}
    assert derivation.terms() == {"last4#5566", f"phone#{OMAR}"}
    (left,) = [row for row in _rows(derivation, DERIVED) if row["sk"]["S"] == gone.customer_id]
    # How many changes of the badge there were, for the next one's number.
    assert left.keys() == {"pk", "sk", "revision", "reported"}
    assert left["reported"]["M"].keys() == {"as_of", "rules", "changes"}


def test_a_phone_that_changes_takes_the_words_along(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered", name="Layla Hassan")
    derivation.reconcile()
    (row,), (pointer,) = _rows(derivation, CUSTOMERS), _rows(derivation, RECORDS, "pointer")
    derivation.delete(CUSTOMERS, row)
    derivation.put(CUSTOMERS, {**row, "pk": {"S": f"{books.enterprise}#{OMAR}"}, "phone": {"S": OMAR}})
    derivation.put(RECORDS, {**pointer, "phone": {"S": OMAR}})
    derivation.reconcile()
    assert derivation.is_right()
    customer_id = row["customer_id"]["S"]
    assert ("word#layla", customer_id, OMAR) in derivation.held().terms
    assert derivation.terms() == {"word#layla", "word#hassan", "last4#5566", f"phone#{OMAR}"}


def test_who_is_absorbed_contributes_through_the_survivor(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered", name="Layla")
    books.post("customer.registered", about=OMAR, name="Omar")
    derivation.reconcile()
    layla, omar = derivation.change(LAYLA), derivation.change(OMAR)
    (absorbed,) = [row for row in _rows(derivation, CUSTOMERS) if row["phone"]["S"] == OMAR]
    (pointer,) = [row for row in _rows(derivation, RECORDS, "pointer") if row["phone"]["S"] == OMAR]
    derivation.delete(CUSTOMERS, absorbed)
    derivation.put(RECORDS, {**pointer, "phone": {"S": LAYLA}})
    derivation.reconcile(omar, layla)
    assert derivation.is_right()
    assert {customer_id for _, customer_id, _ in derivation.held().terms} == {layla.customer_id}


def test_an_id_of_another_form_has_its_place_too(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered")
    (row,), (pointer,) = _rows(derivation, CUSTOMERS), _rows(derivation, RECORDS, "pointer")
    derivation.put(CUSTOMERS, {**row, "customer_id": {"S": "imported-7"}})
    derivation.put(RECORDS, {**pointer, "pk": {"S": f"{books.enterprise}#imported-7"}})
    derivation.reconcile(CustomerRef(books.enterprise, "imported-7"))
    assert derivation.is_right()


# ------------------------------------------------------------------------------------------------ what it costs


def _asked(derivation: Derivation, *changes: CustomerRef) -> list[str]:
    with calls(derivation.books.client) as asked:
        derivation.reconcile(*changes)
    return asked


def test_what_is_right_already_is_not_written(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered")
    books.post("purchase.completed")
    derivation.reconcile()
    before = books.rows(DERIVED)
    assert set(_asked(derivation, *derivation.all())) == {"BatchGetItem"}
    # What changes neither figures nor words is not written either.
    books.post("preferences.updated")
    books.post("provider_id.linked")
    assert set(_asked(derivation, *derivation.all())) == {"BatchGetItem"}
    assert books.rows(DERIVED) == before


def _customers(books: Books, count: int, balance: int = 1) -> None:
    """People with a phone and a balance, laid down without the facts that made them."""
    for number in range(count):
        customer_id, phone = f"usr_{number:032x}", Phone(f"+9743300{number:04}")
        profile = Profile(customer_id, phone, "QAR", balance_minor=balance)
        (row,) = customer_rows(books.enterprise, profile)
        books.client.put_item(TableName=CUSTOMERS, Item=row)
        books.client.put_item(TableName=RECORDS, Item=pointer_row(books.enterprise, profile, {}))


def test_a_hundred_customers_cost_eight_reads_and_a_few_transactions(books: Books, derivation: Derivation) -> None:
    _customers(books, 100)
    first = _asked(derivation, *derivation.all())
    # Notes, pointers and settings, then rows; and once more, when all is written.
    assert first.count("BatchGetItem") == 8
    # Note, last digits and phone of each: 33 fit beside the totals.
    assert first.count("TransactWriteItems") == 4
    _customers(books, 100, balance=2)
    later = _asked(derivation, *derivation.all())
    # Notes alone.
    assert (later.count("BatchGetItem"), later.count("TransactWriteItems"), len(later)) == (8, 2, 10)
    assert _asked(derivation, *derivation.all()) == ["BatchGetItem"] * 4
    assert derivation.is_right()


def test_a_hundred_purchases_cost_two_reads_and_two_transactions(books: Books, derivation: Derivation) -> None:
    for number in range(100):
        purchase = Transaction("purchase", f"p-{number}", 700, "north-1", EventOrder(NOON, f"f-{number}"))
        derivation.put(RECORDS, transaction_row(books.enterprise, "usr_00", purchase, None))
    asked = _asked(derivation, *derivation.all())
    assert sorted(asked) == ["BatchGetItem"] * 2 + ["TransactWriteItems"] * 2
    assert derivation.held().days == derivation.recount().days


def test_more_than_a_hundred_are_read_in_parts(books: Books, derivation: Derivation) -> None:
    _customers(books, 130)
    # Notes, pointers and settings in three parts, rows in two; twice.
    assert _asked(derivation, *derivation.all()).count("BatchGetItem") == 10
    assert derivation.is_right()


def test_few_customers_cost_four_reads_and_a_transaction(books: Books, derivation: Derivation) -> None:
    _customers(books, 20)
    assert sorted(_asked(derivation, *derivation.all())) == ["BatchGetItem"] * 4 + ["TransactWriteItems"]


def test_a_pointer_that_was_read_before_it_moved_makes_nobody_gone(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered")
    derivation.reconcile()
    before = books.rows(DERIVED)
    client, read = dynamodb(), list[Any]()

    def outdate(parsed: dict[str, Any], **_: object) -> None:
        for row in parsed["Responses"].get(RECORDS, []) if not read else []:
            row["phone"] = {"S": OMAR}
        read.append(parsed)

    client.meta.events.register("after-call.dynamodb.BatchGetItem", outdate)
    assert deriver(client).reconcile(derivation.all()) == {}
    assert books.rows(DERIVED) == before
    assert len(read) == 4


def test_a_change_that_is_told_often_is_settled_once(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered")
    change = derivation.change()
    assert _asked(derivation, *[change] * 50).count("TransactWriteItems") == 1
    assert derivation.is_right()


def test_a_transaction_holds_one_enterprise(town: Town) -> None:
    both = [Derivation(town.newcomer()), Derivation(town.newcomer())]
    for each in both:
        each.books.post("customer.registered")
    pairs = [each.change() for each in both]
    assert _asked(both[0], *pairs).count("TransactWriteItems") == 2
    for each in both:
        assert each.is_right()
        each.close()


def _shards(derivation: Derivation) -> list[str]:
    """The rows of the totals."""
    return [row["sk"]["S"] for row in derivation.books.rows(DERIVED) if row["pk"]["S"].endswith("#totals")]


def test_a_process_keeps_its_row_of_each_sum(books: Books, derivation: Derivation) -> None:
    _customers(books, 10)
    for change in derivation.all():
        derivation.reconcile(change)
    (shard,) = _shards(derivation)
    assert int(shard) < FEW
    assert len(shard) == 2
    assert derivation.is_right()


def test_after_a_conflict_a_process_takes_another_row_at_once_and_keeps_it(
    books: Books, derivation: Derivation
) -> None:
    """Nothing is read again: the notes are as they were."""
    _customers(books, 2)
    first, second = derivation.all()
    derivation.reconcile(first)
    kept = set(_shards(derivation))
    refused: list[None] = []

    def conflict() -> None:
        if not refused:
            refused.append(None)
            reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
            answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise client.exceptions.TransactionCanceledException(answer, "TransactWriteItems")

    client = interrupting(WRITE, conflict)
    one = deriver(client)
    with calls(client) as asked:
        assert one.reconcile([second]) == {}
    # The one that was cancelled is not among them.
    assert asked == ["BatchGetItem"] * 2 + ["TransactWriteItems"] + ["BatchGetItem"] * 2
    (moved,) = set(_shards(derivation)) - kept or kept
    _customers(books, 4)
    for change in derivation.all():
        assert one.reconcile([change]) == {}
    assert set(_shards(derivation)) == {*kept, moved}
    assert derivation.is_right()


def test_a_busy_enterprise_spreads_over_as_many_rows_as_it_has_writers() -> None:
    """Each process meets others until it has a row of its own."""
    dice = random.Random(1)
    processes = [Shards(dice) for _ in range(SHARDS)]
    assert {each.of("acme") for each in processes} <= set(range(FEW))
    for _ in range(200):
        held: set[int] = set()
        for each in processes:
            if each.of("acme") in held:
                each.move("acme")
            held.add(each.of("acme"))
    assert len({each.of("acme") for each in processes}) == SHARDS
    # Of another enterprise, which met nobody, there are as few as before.
    assert {each.of("quiet") for each in processes} <= set(range(FEW))


def test_every_read_is_of_what_has_been_written_last(books: Books, derivation: Derivation) -> None:
    books.post("purchase.completed")
    reads: list[bool] = []

    def note(params: dict[str, Any], **_: object) -> None:
        reads.extend(each["ConsistentRead"] for each in params["RequestItems"].values())

    client = dynamodb()
    client.meta.events.register("provide-client-params.dynamodb.BatchGetItem", note)
    assert deriver(client).reconcile(derivation.all()) == {}
    assert reads == [True] * 9


# ------------------------------------------------------------------------------------------- what cannot be done


def test_a_row_that_cannot_be_read_holds_no_neighbour_back(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered")
    books.post("balance.topped_up", about=OMAR)
    (row,) = [row for row in _rows(derivation, CUSTOMERS) if row["phone"]["S"] == OMAR]
    derivation.put(CUSTOMERS, {**row, "balance": {"S": "a lot"}})
    layla, omar = derivation.change(LAYLA), CustomerRef(books.enterprise, row["customer_id"]["S"])
    failed = derivation.derived.reconcile([omar, layla])
    assert {change: type(error) for change, error in failed.items()} == {omar: KeyError}
    assert "word#layla" in derivation.terms()
    derivation.put(CUSTOMERS, row)
    derivation.reconcile(omar)
    assert derivation.is_right()


def test_what_dynamodb_refuses_to_read_holds_no_neighbour_back(books: Books, derivation: Derivation) -> None:
    """A key that is too long fails the whole request that it is in. The tables in memory would take it."""
    books.post("customer.registered")
    books.post("purchase.completed")
    poison = [
        CustomerRef(books.enterprise, "x" * 3000),
        CustomerRef(books.enterprise, "usr_00", "purchase#" + "x" * 3000),
    ]

    def refuse(params: dict[str, Any], **_: object) -> None:
        if "xxx" in str(params):
            error: Any = {"Error": {"Code": "ValidationException", "Message": ""}}
            error["ResponseMetadata"] = {"HTTPStatusCode": 400}
            raise ClientError(error, "BatchGetItem")

    client = dynamodb()
    client.meta.events.register("provide-client-params.dynamodb.BatchGetItem", refuse)
    assert deriver(client).reconcile([poison[0], *derivation.all(), poison[1]]).keys() == set(poison)
    assert derivation.is_right()


def test_a_write_that_dynamodb_refuses_holds_no_neighbour_back(books: Books, derivation: Derivation) -> None:
    """So does one that breaks a rule of its items: here a sum that is no number."""
    books.post("purchase.completed", purchase_id="p-1", branch_id="north-1")
    books.post("purchase.completed", purchase_id="p-2", branch_id="north-2")
    for shard in range(SHARDS):
        row = {"pk": {"S": f"{books.enterprise}#days#north-2"}, "sk": {"S": f"2024-06-01#{shard:02}"}}
        derivation.put(DERIVED, {**row, "visits": {"S": "many"}})
    failed = derivation.derived.reconcile(derivation.all())
    assert failed.keys() == {derivation.change(transaction="purchase#p-2")}
    assert derivation.change(transaction="purchase#p-1") not in failed


def test_what_is_gone_is_no_trouble(books: Books, derivation: Derivation) -> None:
    derivation.reconcile(
        CustomerRef(books.enterprise, "usr_00"), CustomerRef(books.enterprise, "usr_00", "purchase#p-1")
    )
    assert books.rows(DERIVED) == []


def test_tables_that_do_not_answer_are_not_asked_again_for_each(books: Books, derivation: Derivation) -> None:
    _customers(books, 5)
    asked: list[None] = []

    def hang() -> None:
        asked.append(None)
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    failed = deriver(interrupting("before-call.dynamodb.BatchGetItem", hang)).reconcile(derivation.all())
    assert failed.keys() == set(derivation.all())
    assert {type(error) for error in failed.values()} == {Unavailable}
    # botocore itself tries more than once.
    assert len(asked) < 10
    derivation.reconcile()
    assert derivation.is_right()


def test_what_a_batch_leaves_out_is_asked_for_again(books: Books, derivation: Derivation) -> None:
    _customers(books, 3)
    left_out: list[dict[str, Any]] = []

    def leave_out(parsed: dict[str, Any], **_: object) -> None:
        for table, rows in parsed["Responses"].items():
            if table == CUSTOMERS and len(rows) == 3:
                left_out.append(rows.pop())
                key = {"pk": left_out[-1]["pk"]}
                parsed["UnprocessedKeys"] = {table: {"Keys": [key], "ConsistentRead": True}}

    client = dynamodb()
    client.meta.events.register("after-call.dynamodb.BatchGetItem", leave_out)
    assert deriver(client).reconcile(derivation.all()) == {}
    assert len(left_out) == 2
    assert derivation.is_right()


def test_a_purchase_is_noted_as_counted_and_nothing_else_of_it_changes(books: Books, derivation: Derivation) -> None:
    purchase = Transaction("purchase", "p-9", 700, None, EventOrder(NOON, "f-9"))
    written = transaction_row(books.enterprise, "usr_00", purchase, None)
    derivation.put(RECORDS, written)
    derivation.reconcile()
    (row,) = books.rows(RECORDS)
    del written["uncounted"]
    assert row == {**written, "counted": {"S": '{"amount":700,"day":"2024-06-01"}'}}


LONG = ["".join(chr(0x4E00 + 31 * number) for number in range(200)), " ".join(f"{n:02}x" for n in range(50))]


@pytest.mark.parametrize("name", LONG)
def test_the_longest_name_is_noted_in_steps_and_forgotten_in_steps(
    books: Books, derivation: Derivation, name: str
) -> None:
    """200 terms are more than one transaction takes, and so are 80 of them and the sums of 15 ends of locked money."""
    for number in range(15):
        ends = (LATER + number * DAY).isoformat()
        books.post("promo.granted", grant_id=f"g-{number}", expires_at=ends, amount_minor=7, currency="QAR")
    books.post("customer.registered", name=name)
    derivation.reconcile()
    assert derivation.is_right()
    books.post("customer.registered", name=name[::-1])
    derivation.reconcile()
    assert derivation.is_right()
    # With the phone every row of a term changes, and none of the money is unclaimed any more.
    books.post("customer.verified")
    change = derivation.change()
    (row,), (pointer,) = _rows(derivation, CUSTOMERS), _rows(derivation, RECORDS, "pointer")
    moved = {"phone": {"S": OMAR}}
    derivation.delete(CUSTOMERS, row)
    derivation.put(CUSTOMERS, {**row, **moved, "pk": {"S": f"{books.enterprise}#{OMAR}"}})
    derivation.put(RECORDS, {**pointer, **moved})
    derivation.reconcile(change)
    assert derivation.is_right()
    books.post("customer.disabled", about=OMAR, at=NOON + DAY)
    derivation.reconcile(change)
    assert derivation.is_right()
    derivation.delete(CUSTOMERS, *_rows(derivation, CUSTOMERS))
    derivation.reconcile(change)
    assert derivation.terms() == set()
