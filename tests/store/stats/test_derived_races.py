"""Other writers, and crashes: nothing is lost, nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from customers.domain.refusals import Conflict, Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.stats.reconciler import ATTEMPTS, LONGEST_PAUSE, Reconciler
from tests.support.books import CUSTOMERS, DERIVED, RECORDS, Books, Town, calls, interrupting, ledger, post_one
from tests.support.crashes import WRITE, Crash, changing, crash_at, once
from tests.support.facts import LAYLA, NOON, OMAR, customer_fact
from tests.support.stats.derivation import Derivation, deriver

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


def purchase(books: Books, day: int = 0, **said: Any) -> None:
    books.post("purchase.completed", **{"purchase_id": "p-1", "at": NOON + day * DAY, **said})


def rename(books: Books, name: str, day: int) -> None:
    books.post("customer.registered", name=name, at=NOON + day * DAY)


# What had been settled, what has happened since, and what happens between the deriver's read and its write.
Act = Callable[[Books], None]
NOTHING: list[Act] = []
RACES: dict[str, tuple[list[Act], list[Act], list[Act]]] = {
    "first reconciling": (NOTHING, [lambda books: rename(books, "Layla", 1)], NOTHING),
    "a new name": (
        [lambda books: rename(books, "Layla", 1)],
        [lambda books: rename(books, "Leila", 2)],
        [lambda books: rename(books, "Lulwa", 3)],
    ),
    "money": (
        [lambda books: books.post("balance.topped_up") and None],
        [lambda books: books.post("balance.topped_up") and None],
        [lambda books: books.post("balance.spent", amount_minor=300) and None],
    ),
    "a purchase": (NOTHING, [purchase], [lambda books: purchase(books, 1, amount_minor=7, branch_id="south-1")]),
    "a purchase that was counted": (
        [purchase],
        [lambda books: purchase(books, 1, amount_minor=7)],
        [lambda books: purchase(books, 2, amount_minor=9, branch_id=None)],
    ),
    "a purchase that is said in the same words": (
        [purchase],
        [lambda books: purchase(books, fact_id="zz-1")],
        [lambda books: purchase(books, fact_id="zz-2")],
    ),
    "a refund": (
        [purchase],
        [lambda books: books.post("purchase.refunded", refund_id="r-1") and None],
        [lambda books: books.post("purchase.refunded", refund_id="r-1", at=NOON + DAY, amount_minor=1) and None],
    ),
}


def prepared(books: Books, race: str) -> Derivation:
    settled, since, _ = RACES[race]
    derivation = Derivation(books)
    for act in settled:
        act(books)
    if settled:
        derivation.reconcile()
    for act in since:
        act(books)
    return derivation


@pytest.mark.parametrize("race", RACES)
def test_two_derivers_count_once(town: Town, race: str) -> None:
    derivation = prepared(town.newcomer(), race)
    slow = deriver(interrupting(WRITE, once(derivation.reconcile)))
    assert slow.reconcile(derivation.all()) == {}
    assert derivation.is_right()
    derivation.close()


@pytest.mark.parametrize("race", RACES)
@pytest.mark.parametrize("settled_between", [False, True])
def test_what_happens_between_read_and_write_is_in_the_end_counted(
    town: Town, race: str, settled_between: bool
) -> None:
    """The stream tells of what has happened meanwhile; whether that is settled before or after makes no difference."""
    books = town.newcomer()
    derivation = prepared(books, race)

    def meanwhile() -> None:
        for act in RACES[race][2]:
            act(books)
        if settled_between:
            derivation.reconcile()

    slow = deriver(interrupting(WRITE, once(meanwhile)))
    assert slow.reconcile(derivation.all()) == {}
    if not settled_between:
        derivation.reconcile()
    assert derivation.is_right()
    derivation.close()


@pytest.mark.parametrize("read", [1, 2, 3, 4, 5])
def test_an_outdated_reading_is_never_written_over_a_later_one(town: Town, read: int) -> None:
    """Whichever of its reads a deriver is held up after: what another settles meanwhile stands."""
    books = town.newcomer()
    derivation = prepared(books, "a new name")
    reads: list[None] = []

    def hold_up() -> None:
        reads.append(None)
        if len(reads) == read:
            rename(books, "Lulwa", 3)
            purchase(books)
            derivation.reconcile()

    changes = [*derivation.all(), CustomerRef(books.enterprise, books.customer().customer_id, "purchase#p-1")]
    slow = deriver(interrupting("after-call.dynamodb.BatchGetItem", hold_up))
    assert slow.reconcile(changes) == {}
    assert derivation.is_right()
    assert "word#lulwa" in derivation.terms()
    derivation.close()


def test_an_outdated_reading_does_not_bring_back_who_is_gone(books: Books, derivation: Derivation) -> None:
    """Counted and then erased while a deriver that had seen neither is held up."""
    rename(books, "Layla", 1)
    change = derivation.change()

    def come_and_go() -> None:
        derivation.reconcile(change)
        for table in (CUSTOMERS, RECORDS):
            for row in books.rows(table):
                derivation.delete(table, row)
        derivation.reconcile(change)

    slow = deriver(interrupting(WRITE, once(come_and_go)))
    assert slow.reconcile([change]) == {}
    assert derivation.held() == derivation.recount()
    assert derivation.terms() == set()


@pytest.mark.parametrize("race", ["a purchase", "a purchase that was counted", "a refund"])
def test_a_fold_that_is_overtaken_by_the_counting_loses_nothing(town: Town, race: str) -> None:
    """The other way round: the count comes between the fold's read and its write."""
    books = town.newcomer()
    derivation = prepared(books, race)
    slow = ledger(interrupting(WRITE, once(derivation.reconcile)))
    kind, said = ("purchase.refunded", {"refund_id": "r-1"}) if race == "a refund" else ("purchase.completed", {})
    fact = customer_fact(kind, books.enterprise, **{"purchase_id": "p-1", **said}, at=NOON + 9 * DAY, amount_minor=3)
    assert post_one(slow, fact) == "applied"
    derivation.reconcile()
    assert derivation.is_right()
    assert any(
        counts.get("spend_minor", counts.get("refunded_minor")) == 3 for counts in derivation.held().days.values()
    )
    derivation.close()


def test_who_is_always_overtaken_is_given_back(books: Books, derivation: Derivation, naps: list[float]) -> None:
    rename(books, "Layla", 1)
    books.post("balance.topped_up", about=OMAR)
    layla, omar = derivation.change(), derivation.change(OMAR)

    def overtake() -> None:
        derivation.reconcile(layla)
        books.post("balance.topped_up", amount_minor=1)

    slow = deriver(interrupting(WRITE, overtake))
    assert {change: type(error) for change, error in slow.reconcile([layla, omar]).items()} == {layla: Conflict}
    # The neighbour was not.
    assert derivation.held().totals["customers_pending_proof"] == 2
    derivation.reconcile(layla)
    assert derivation.is_right()
    assert len(naps) == 2 * (ATTEMPTS - 1)
    assert 0 <= max(naps) <= LONGEST_PAUSE


def refusing(code: str, reasons: list[str], times: int) -> tuple[Reconciler, list[str]]:
    """A deriver whose first writes DynamoDB turns down, and what it turned down."""
    turned_down: list[str] = []

    def turn_down() -> None:
        if len(turned_down) < times:
            turned_down.append(code)
            answer: Any = {
                "Error": {"Code": code, "Message": ""},
                "ResponseMetadata": {"HTTPStatusCode": 400},
                "CancellationReasons": [{"Code": reason} for reason in reasons],
            }
            raise getattr(client.exceptions, code)(answer, "TransactWriteItems")

    client = interrupting(WRITE, turn_down)
    return deriver(client), turned_down


@pytest.mark.parametrize(
    ("code", "reasons", "pauses"),
    [
        # At a sum: other rows of it are tried at once.
        ("TransactionCanceledException", ["None", "TransactionConflict"], 1),
        ("TransactionCanceledException", ["ConditionalCheckFailed", "None"], 3),
        ("TransactionConflictException", [], 1),
        ("TransactionInProgressException", [], 1),
    ],
)
def test_a_conflict_is_tried_again(
    books: Books, derivation: Derivation, naps: list[float], code: str, reasons: list[str], pauses: int
) -> None:
    rename(books, "Layla", 1)
    slow, turned_down = refusing(code, reasons, times=3)
    assert slow.reconcile(derivation.all()) == {}
    assert (len(turned_down), len(naps)) == (3, pauses)
    assert derivation.is_right()


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_table_that_throttles_is_left_alone_until_the_queue_brings_the_change_again(
    books: Books, derivation: Derivation, naps: list[float], reason: str
) -> None:
    rename(books, "Layla", 1)
    slow, turned_down = refusing("TransactionCanceledException", ["None", reason], times=1)
    failed = slow.reconcile(derivation.all())
    assert {type(error) for error in failed.values()} == {Unavailable}
    assert (len(turned_down), naps) == (1, [])
    assert slow.reconcile(derivation.all()) == {}
    assert derivation.is_right()


def test_a_refusal_is_not_tried_again_and_again(books: Books, derivation: Derivation) -> None:
    rename(books, "Layla", 1)
    slow, turned_down = refusing("TransactionCanceledException", ["ValidationError", "None"], times=99)
    failed = slow.reconcile(derivation.all())
    assert [type(error).__name__ for error in failed.values()] == ["TransactionCanceledException"]
    assert len(turned_down) == 1


# ------------------------------------------------------------------------------------------------- crashes


@pytest.mark.parametrize("race", RACES)
def test_a_crash_after_any_call_that_changes_something_and_then_redelivery_is_as_no_crash(
    town: Town, race: str
) -> None:
    untroubled = prepared(town.newcomer(), race)
    with calls(untroubled.books.client) as asked:
        untroubled.reconcile(*untroubled.all())
    assert "TransactWriteItems" in asked
    untroubled.close()
    for number in changing(asked):
        derivation = prepared(town.newcomer(), race)
        with pytest.raises(Crash):
            deriver(interrupting("after-call.dynamodb", crash_at(number))).reconcile(derivation.all())
        derivation.reconcile()
        assert derivation.is_right()
        derivation.close()


def test_a_reader_sees_all_of_a_change_or_nothing(books: Books, derivation: Derivation) -> None:
    """Note, words and sums are written by one request."""
    rename(books, "Layla Hassan", 1)
    books.post("purchase.completed", about=LAYLA)
    states = [str(books.rows(DERIVED))]
    watched = deriver(interrupting("before-call.dynamodb", lambda: states.append(str(books.rows(DERIVED)))))
    assert watched.reconcile([derivation.change()]) == {}
    before, after = states[0], str(books.rows(DERIVED))
    assert before != after
    written = states.index(after)
    assert (set(states[:written]), set(states[written:])) == ({before}, {after})
