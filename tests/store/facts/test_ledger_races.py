"""Other writers, and crashes: nothing is lost, nothing counts twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.model import OperationModel

from customers.domain.refusals import Conflict, Unavailable
from customers.store.client_errors import ServiceError
from customers.store.facts.ledger import ATTEMPTS, Ledger
from tests.support.books import Books, Town, calls, interrupting, ledger, post_one
from tests.support.crashes import AROUND_THE_WRITE, WRITE, Crash, changing, crash
from tests.support.facts import LAYLA, NOON, OMAR, SARA, Told, detail
from tests.support.tables import dynamodb

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


def told(kind: str, day: int = 0, **said: object) -> Told:
    return kind, detail(kind, at=NOON + day * DAY, **said)  # type: ignore[arg-type]


LINK_LAYLA = told("provider_id.linked", 1, fact_id="link-layla")
LINK_OMAR = told("provider_id.linked", 2, fact_id="link-omar", about=OMAR)
LINKED = [
    LINK_LAYLA,
    told("provider_id.linked", 1, provider_customer_id="pos-0"),
    told("customer.verified", about=OMAR),
]
LATE_LINK = told("provider_id.linked", 1, fact_id="late-link", provider_customer_id="card")
LATER_LINK = told("provider_id.linked", 4, fact_id="later-link", provider_customer_id="card", about=OMAR)
UNLINK = told("provider_id.unlinked", 5, fact_id="unlink", provider_customer_id="card", about=OMAR)
CARD = {"provider_customer_id": "card"}
BY_CARD = [
    told("balance.topped_up", 2, about=CARD, amount_minor=700),
    told("purchase.completed", 3, about=CARD, purchase_id="p-card"),
    told("customer.registered", 2, about=CARD, name="By card"),
]
AT_OMARS = [told("customer.verified"), LATER_LINK, *BY_CARD]
"""What happened before his link is at Omar's, who is the first known holder."""
LINKED_FIRST = told("provider_id.linked", 2, fact_id="linked-first", provider_customer_id="card", about=SARA)
MANY_AT_OMARS = [LATE_LINK, LATER_LINK, *(told("balance.topped_up", 5, about=CARD, amount_minor=1) for _ in range(7))]
"""More than one transaction moves, if his link turns out to be wrong."""
GRANTED = [told("promo.granted", expires_at="2027-01-01T00:00:00Z")]
KNOWN = [told("customer.verified")]

# What had been said, what is being written, and what another writer says between its read and its write.
RACES: dict[str, tuple[list[Told], Told, Told]] = {
    "two top-ups": (KNOWN, told("balance.topped_up", amount_minor=1), told("balance.topped_up", amount_minor=10)),
    "two first facts": ([], told("balance.topped_up", amount_minor=1), told("customer.registered")),
    "two names, the later first": (KNOWN, told("customer.registered", 1), told("customer.registered", 2, name="Leila")),
    "two names, the later last": (KNOWN, told("customer.registered", 2), told("customer.registered", 1, name="Leila")),
    "two claims to an id": ([], LINK_LAYLA, LINK_OMAR),
    "two claims to an id, the later first": ([], LINK_OMAR, LINK_LAYLA),
    "the loser of an id tops up": (LINKED, LINK_OMAR, told("balance.topped_up")),
    "the winner of an id tops up": (LINKED, LINK_OMAR, told("balance.topped_up", about=OMAR)),
    "an id moves while its owner tops up": (LINKED, told("balance.topped_up"), LINK_OMAR),
    "a late link and a fact by its id": (AT_OMARS, LATE_LINK, told("balance.topped_up", 3, about=CARD)),
    "a late link and the first fact by its id": ([*KNOWN, LATER_LINK], LATE_LINK, BY_CARD[0]),
    "a fact by an id and its late link": (AT_OMARS, told("balance.topped_up", 3, about=CARD), LATE_LINK),
    "a late link while its giver tops up": (AT_OMARS, LATE_LINK, told("balance.topped_up", about=OMAR)),
    "a late link while its taker tops up": (AT_OMARS, LATE_LINK, told("balance.topped_up")),
    "a late link and an unlink": (AT_OMARS, LATE_LINK, UNLINK),
    "an unlink and a late link": (AT_OMARS, UNLINK, LATE_LINK),
    "an unlink of who has many and a link of whose they are then": (MANY_AT_OMARS, UNLINK, LINKED_FIRST),
    "a release and an expiry": (GRANTED, told("promo.released", 2), told("promo.expired", 1)),
    "an expiry and a release": (GRANTED, told("promo.expired", 2), told("promo.released", 1)),
    "two grants": (GRANTED, told("promo.granted", grant_id="g-2"), told("promo.granted", grant_id="g-3")),
    "one grant stated twice": ([], told("promo.granted", 1, amount_minor=1), told("promo.granted", 2, amount_minor=2)),
}


@pytest.mark.parametrize("race", RACES)
def test_a_writer_in_between_loses_nothing(town: Town, race: str) -> None:
    before, ours, theirs = RACES[race]
    raced, sequential = town.newcomer(), town.newcomer()
    for books in (raced, sequential):
        for fact in before:
            books.tell(fact)
    others = [theirs]

    def write_in_between() -> None:
        if others:
            assert raced.tell(others.pop()) == "applied"

    slow = ledger(interrupting(WRITE, write_in_between))
    assert post_one(slow, raced.fact(*ours)) == "applied"
    assert not others

    sequential.tell(theirs)
    sequential.tell(ours)
    assert raced.everything() == sequential.everything()


def test_one_fact_in_two_hands_is_applied_once(books: Books) -> None:
    topped_up = told("balance.topped_up")
    outcomes: list[str] = []

    def write_in_between() -> None:
        if not outcomes:
            outcomes.append("applied")
            assert books.tell(topped_up) == "applied"

    slow = ledger(interrupting(WRITE, write_in_between))
    assert post_one(slow, books.fact(*topped_up)) == "duplicate"
    assert books.customer().balance_minor == 1000
    assert len(books.ledger_of(books.customer())) == 1


def test_who_is_always_overtaken_goes_back_to_the_queue(books: Books, naps: list[float]) -> None:
    def write_in_between() -> None:
        books.post("balance.topped_up", amount_minor=1)

    slow = ledger(interrupting(WRITE, write_in_between))
    with pytest.raises(Conflict):
        post_one(slow, books.fact(*told("balance.spent", amount_minor=500)))
    assert books.customer().balance_minor == ATTEMPTS
    assert len(naps) == ATTEMPTS - 1
    assert 0 <= max(naps) < 10


def refusing(code: str, reasons: list[str], times: int) -> tuple[Ledger, list[str]]:
    """A ledger whose first writes DynamoDB turns down, and what it turned down."""
    turned_down: list[str] = []

    def turn_down() -> None:
        if len(turned_down) < times:
            turned_down.append(code)
            kind = getattr(client.exceptions, code)
            raise kind(
                {
                    "Error": {"Code": code, "Message": ""},
                    "CancellationReasons": [{"Code": reason} for reason in reasons],
                },
                "TransactWriteItems",
            )

    client = interrupting(WRITE, turn_down)
    return ledger(client), turned_down


@pytest.mark.parametrize(
    ("code", "reasons"),
    [
        ("TransactionCanceledException", ["None", "None", "TransactionConflict"]),
        ("TransactionCanceledException", ["TransactionConflict", "None", "None"]),
        ("TransactionCanceledException", ["None", "None", "ConditionalCheckFailed"]),
        ("TransactionConflictException", []),
    ],
)
def test_a_conflict_is_tried_again(books: Books, code: str, reasons: list[str]) -> None:
    ledger, turned_down = refusing(code, reasons, times=3)
    assert post_one(ledger, books.fact(*told("balance.topped_up"))) == "applied"
    assert len(turned_down) == 3
    assert books.customer().balance_minor == 1000


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("ThrottlingError", Unavailable),
        ("ProvisionedThroughputExceeded", Unavailable),
        ("ValidationError", ServiceError),
    ],
)
def test_what_trying_at_once_would_not_mend_is_not_tried_at_once(
    books: Books, reason: str, word: type[Exception]
) -> None:
    ledger, turned_down = refusing("TransactionCanceledException", ["None", "None", reason], times=99)
    with pytest.raises(word):
        post_one(ledger, books.fact(*told("balance.topped_up")))
    assert len(turned_down) == 1
    assert books.find() is None


# ------------------------------------------------------------------------------------------------- crashes


CRASHES: dict[str, tuple[list[Told], Told]] = {
    "a first fact": ([], told("balance.topped_up")),
    "a top-up by phone": (KNOWN, told("balance.topped_up")),
    "a top-up by provider id": (LINKED, told("balance.topped_up", about={"provider_customer_id": "pos-1"})),
    "an id that moves": (LINKED, LINK_OMAR),
    "a late link": (AT_OMARS, LATE_LINK),
    "a link that was wrong": ([*AT_OMARS, LATE_LINK], UNLINK),
    "a grant": (GRANTED, told("promo.granted", grant_id="g-2", expires_at="2026-12-01T00:00:00Z")),
    "a release": (GRANTED, told("promo.released", 1)),
    "a name": (KNOWN, told("customer.registered")),
}


@pytest.mark.parametrize("case", CRASHES)
@AROUND_THE_WRITE
def test_a_crash_and_then_redelivery_is_as_no_crash(town: Town, case: str, moment: str) -> None:
    before, ours = CRASHES[case]

    def told_before() -> Books:
        books = town.newcomer()
        for fact in before:
            books.tell(fact)
        return books

    untroubled = told_before()
    with calls(untroubled.client) as asked:
        untroubled.tell(ours)
    assert [asked[number - 1] for number in changing(asked)] == ["TransactWriteItems"]
    books = told_before()
    with pytest.raises(Crash):
        ledger(interrupting(moment, crash)).post([books.fact(*ours)])
    assert books.tell(ours) == ("duplicate" if moment.startswith("after") else "applied")
    assert books.everything() == untroubled.everything()


def test_a_reader_sees_all_of_a_fact_or_nothing(books: Books) -> None:
    """Ledger, receipt, grant and projection are written by one request."""
    look: Callable[[], str] = books.everything
    books.tell(GRANTED[0])
    states = [look()]
    watched = ledger(interrupting("before-call.dynamodb", lambda: states.append(look())))
    post_one(watched, books.fact(*told("promo.released", 1, about=LAYLA)))
    assert set(states) == {states[0]}
    assert look() != states[0]


@pytest.mark.parametrize("case", CRASHES)
def test_every_read_is_of_what_has_been_written_last(books: Books, case: str) -> None:
    before, ours = CRASHES[case]
    for fact in before:
        books.tell(fact)
    reads: list[object] = []

    def note(params: dict[str, object], model: OperationModel, **_: object) -> None:
        if model.name in ("GetItem", "Query"):
            reads.append(params.get("ConsistentRead"))

    client = dynamodb()
    client.meta.events.register("provide-client-params.dynamodb", note)
    ledger(client).post([books.fact(*ours)])
    assert reads
    assert set(reads) == {True}
