"""A batch of facts reads together what each of them reads first. What came in between is noticed all the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from customers.domain.facts.fact import CustomerFact
from customers.domain.refusals import CannotApply, Unavailable
from customers.store.facts.ledger import Ledger
from tests.support.books import CUSTOMERS, RECORDS, Books, Town, calls, interrupting, ledger
from tests.support.crashes import WRITE, Crash, crash_at
from tests.support.facts import NOON, customer_fact
from tests.support.identity.correcting import correct
from tests.support.identity.merging import merge, unmerge

DAY = timedelta(days=1)
PHONES = [f"+9743300{number:04}" for number in range(1, 41)]


def purchase(books: Books, phone: str, number: int = 1, **said: Any) -> CustomerFact:
    given = {"about": phone, "purchase_id": f"p-{phone}-{number}", "fact_id": f"f-{phone}-{number}", **said}
    return customer_fact("purchase.completed", books.enterprise, **given)


def post_all(books: Books, batch: Sequence[Sequence[CustomerFact]]) -> list[Any]:
    post = books.ledger.ahead(batch)
    return [outcome for facts in batch for outcome in post(facts)]


def known(books: Books, count: int) -> list[str]:
    """Customers who have bought something."""
    for phone in PHONES[:count]:
        books.post("purchase.completed", about=phone, purchase_id=f"p-{phone}-0")
    return PHONES[:count]


@pytest.mark.parametrize(("customers", "requests"), [(1, 3), (2, 4), (10, 12), (40, 42)])
def test_a_batch_of_purchases_makes_two_reads_and_a_transaction_for_each_customer(
    books: Books, customers: int, requests: int
) -> None:
    batch = [[purchase(books, phone)] for phone in known(books, customers)]
    with calls(books.client) as asked:
        assert post_all(books, batch) == ["applied"] * customers
    assert asked.count("TransactWriteItems") == customers
    assert len(asked) == requests
    for phone in PHONES[:customers]:
        assert books.customer(phone).activity.visit_count == 2
    with calls(books.client) as asked:
        assert post_all(books, batch) == ["duplicate"] * customers


def test_strangers_and_customers_who_are_named_in_another_way_are_in_it_too(books: Books) -> None:
    layla, omar = known(books, 2)
    of_layla = {"customer_id": books.customer(layla).customer_id}
    batch = [
        [purchase(books, layla)],
        [purchase(books, PHONES[2])],
        [purchase(books, layla, 2, about=of_layla)],
        [purchase(books, omar), purchase(books, omar, 2)],
    ]
    assert post_all(books, batch) == ["applied"] * 5
    assert [books.customer(phone).activity.visit_count for phone in PHONES[:3]] == [3, 3, 1]


BETWEEN: dict[str, Callable[[Books, str], object]] = {
    "another purchase": lambda books, phone: books.post("purchase.completed", about=phone, purchase_id="p-between"),
    "the same purchase": lambda books, phone: books.post(
        "purchase.completed", about=phone, purchase_id=f"p-{phone}-1", fact_id="f-between", at=NOON - DAY
    ),
    "the same fact": lambda books, phone: books.post(
        "purchase.completed", about=phone, purchase_id=f"p-{phone}-1", fact_id=f"f-{phone}-1"
    ),
    "disabled": lambda books, phone: books.post("customer.disabled", about=phone),
    "a grant": lambda books, phone: books.post("promo.granted", about=phone, grant_id="g-1", amount_minor=5),
}


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("number", [0, 1])
def test_what_others_write_after_the_reads_is_not_lost(books: Books, between: str, number: int) -> None:
    """Facts that are applied one by one, in the order in which they were written, leave the same."""
    phones = known(books, 2)
    batch = [[purchase(books, phone)] for phone in phones]
    post = books.ledger.ahead(batch)
    BETWEEN[between](books, phones[number])
    outcomes = [outcome for facts in batch for outcome in post(facts)]
    assert outcomes == [
        "duplicate" if between == "the same fact" and place == number else "applied" for place in (0, 1)
    ]
    visits = [books.customer(phone).activity.visit_count for phone in phones]
    assert visits[number] == (3 if between == "another purchase" else 2)
    assert visits[1 - number] == 2
    assert len(books.ledger_of(books.customer(phones[number]))) == (2 if between == "the same fact" else 3)


def test_a_stranger_who_has_come_meanwhile_is_known(books: Books) -> None:
    batch = [[purchase(books, phone)] for phone in PHONES[:2]]
    post = books.ledger.ahead(batch)
    books.post("purchase.completed", about=PHONES[0], purchase_id="p-between")
    customer = books.customer(PHONES[0]).customer_id
    assert [outcome for facts in batch for outcome in post(facts)] == ["applied"] * 2
    assert books.customer(PHONES[0]).customer_id == customer
    assert books.customer(PHONES[0]).activity.visit_count == 2


def test_a_grant_is_ended_once_though_it_was_read_before(books: Books) -> None:
    """Grants have no condition of their own: the version of the customer's row guards them."""
    for phone in PHONES[:2]:
        books.post("promo.granted", about=phone, grant_id="g-1", amount_minor=70)
    ends = [
        [customer_fact("promo.released", books.enterprise, about=phone, grant_id="g-1", at=NOON + DAY)]
        for phone in PHONES[:2]
    ]
    post = books.ledger.ahead(ends)
    books.post("promo.released", about=PHONES[0], grant_id="g-1", at=NOON + DAY)
    outcomes = [outcome for facts in ends for outcome in post(facts)]
    assert outcomes[1] == "applied"
    assert [books.customer(phone).balance_minor for phone in PHONES[:2]] == [70, 70]


def test_what_was_read_ahead_is_used_once(books: Books) -> None:
    phones = known(books, 2)
    batch = [[purchase(books, phone)] for phone in phones]
    post = books.ledger.ahead(batch)
    assert post(batch[0]) == ["applied"]
    with calls(books.client) as asked:
        assert post([purchase(books, phones[0], 2)]) == ["applied"]
    assert asked == ["GetItem", "BatchGetItem", "TransactWriteItems"]


def test_a_row_that_cannot_be_read_holds_no_neighbour_back(books: Books) -> None:
    phones = known(books, 3)
    (row,) = [each for each in books.rows(CUSTOMERS) if each["phone"] == {"S": phones[1]}]
    books.client.put_item(TableName=CUSTOMERS, Item={**row, "balance": {"S": "a lot"}})
    batch = [[purchase(books, phone)] for phone in phones]
    post = books.ledger.ahead(batch)
    assert post(batch[0]) == ["applied"]
    with pytest.raises(KeyError):
        post(batch[1])
    assert post(batch[2]) == ["applied"]


def refusing(table: str, error: type[Exception]) -> Ledger:
    """A ledger whose reads of two rows of a table together fail."""

    def refuse(params: dict[str, Any], **_: object) -> None:
        if len(params["RequestItems"].get(table, {}).get("Keys", ())) == 2:
            raise error

    client = interrupting("before-call.dynamodb.GetItem", lambda: None)
    client.meta.events.register("provide-client-params.dynamodb.BatchGetItem", refuse)
    return ledger(client)


@pytest.mark.parametrize("table", [CUSTOMERS, RECORDS])
def test_if_one_is_at_fault_each_can_read_for_itself(books: Books, table: str) -> None:
    """A key that is too long, for one, fails the whole request that it is in."""
    batch = [[purchase(books, phone)] for phone in known(books, 2)]
    failing = refusing(table, ValueError)
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words
        failing.ahead(batch)
    assert [outcome for facts in batch for outcome in failing.post(facts)] == ["applied"] * 2


@pytest.mark.parametrize("table", [CUSTOMERS, RECORDS])
def test_if_the_tables_do_not_answer_nobody_asks_again_for_each(books: Books, table: str) -> None:
    batch = [[purchase(books, phone)] for phone in known(books, 2)]
    with pytest.raises(Unavailable):
        refusing(table, Unavailable).ahead(batch)
    assert post_all(books, batch) == ["applied"] * 2


def test_one_customer_alone_reads_nothing_ahead(books: Books) -> None:
    (phone,) = known(books, 1)
    with calls(books.client) as asked:
        books.ledger.ahead([[purchase(books, phone)]])
    assert asked == []


def imported(books: Books, phone: str, **said: Any) -> CustomerFact:
    given = {"about": phone, "fact_id": f"import-{phone}", "source": "old", "spendable_minor": 70, **said}
    return customer_fact("customer.imported", books.enterprise, currency="QAR", **given)


@pytest.mark.parametrize(("customers", "transactions"), [(2, 1), (10, 1), (40, 3)])
def test_imports_of_strangers_make_two_reads_and_share_transactions(
    books: Books, customers: int, transactions: int
) -> None:
    batch = [[imported(books, phone)] for phone in PHONES[:customers]]
    with calls(books.client) as asked:
        assert post_all(books, batch) == ["applied"] * customers
    assert asked == ["BatchGetItem"] * 2 + ["TransactWriteItems"] * transactions
    assert [books.customer(phone).balance_minor for phone in PHONES[:customers]] == [70] * customers
    assert post_all(books, batch) == ["duplicate"] * customers


def test_imports_leave_the_same_together_and_one_by_one(town: Town) -> None:
    one, other = town.newcomer(), town.newcomer()
    said = {"name": "Layla", "provider_customer_ids": ["pos-1"], "visit_count": 9, "verified": True}
    said |= {"grants": [{"grant_id": "g-1", "amount_minor": 5}], "consent": {"sms": True}}
    for books, together in ((one, True), (other, False)):
        batch = [[imported(books, PHONES[0], **said)], [imported(books, PHONES[1])]]
        outcomes = post_all(books, batch) if together else [books.ledger.post(facts)[0] for facts in batch]
        assert outcomes == ["applied"] * 2
    assert one.everything() == other.everything()
    found = one.by_provider_id("pos-1")
    assert found
    assert found.phone.e164 == PHONES[0]


def test_imports_with_a_card_each_share_transactions_with_the_links(books: Books) -> None:
    """Alone, each link would be five reads and a transaction of its own."""
    batch = [[imported(books, phone, provider_customer_ids=[f"pos-{phone}"])] for phone in PHONES[:10]]
    with calls(books.client) as asked:
        assert post_all(books, batch) == ["applied"] * 10
    assert asked == ["BatchGetItem"] * 3 + ["TransactWriteItems"]
    for phone in PHONES[:10]:
        assert books.by_provider_id(f"pos-{phone}") == books.customer(phone)
        assert len(books.ledger_of(books.customer(phone))) == 2
    assert post_all(books, batch) == ["duplicate"] * 10


def test_imports_with_cards_leave_the_same_together_and_one_by_one(town: Town) -> None:
    """A card that nobody has had, one that somebody has, one that somebody had, one in two imports, and two cards."""
    one, other = town.newcomer(), town.newcomer()
    cards = [["new"], ["held"], ["freed"], ["twice"], ["twice"], ["a", "b"], []]
    for books, together in ((one, True), (other, False)):
        books.post("provider_id.linked", about=PHONES[30], fact_id="l-1", provider_customer_id="held")
        books.post("provider_id.linked", about=PHONES[30], fact_id="l-2", provider_customer_id="freed")
        books.post("provider_id.unlinked", about=PHONES[30], fact_id="l-3", provider_customer_id="freed")
        batch = [[imported(books, phone, provider_customer_ids=ids)] for phone, ids in zip(PHONES, cards, strict=False)]
        outcomes = post_all(books, batch) if together else [books.ledger.post(facts)[0] for facts in batch]
        assert outcomes == ["applied"] * len(cards)
        found = books.by_provider_id("new")
        assert found
        assert found.phone.e164 == PHONES[0]
    assert one.everything() == other.everything()


@pytest.mark.parametrize("has", [PHONES[1], PHONES[2]], ids=["their phone", "their former phone"])
def test_an_import_of_one_who_was_merged_is_theirs_also_among_those_of_strangers(books: Books, has: str) -> None:
    """An unmerge gives it back to them."""
    layla, twin, stranger = PHONES[0], PHONES[1], PHONES[3]
    for phone in (layla, twin):
        books.post("balance.topped_up", about=phone, amount_minor=1)
    both = books.customer(layla).customer_id, books.customer(twin).customer_id
    if has != twin:
        correct(books, both[1], has, at=NOON + DAY)
    merge(books, *both)
    batch = [[imported(books, phone, provider_customer_ids=[f"pos-{phone}"])] for phone in (twin, stranger)]
    assert post_all(books, batch) == ["applied"] * 2
    unmerge(books, *both)
    found = [books.customer(phone) for phone in (layla, has, stranger)]
    assert [each.balance_minor for each in found] == [1, 71, 70]
    assert [each.provider_ids for each in found] == [(), (f"pos-{twin}",), (f"pos-{stranger}",)]


def test_a_card_that_somebody_gets_meanwhile_is_linked_as_by_any_other_link(books: Books) -> None:
    batch = [[imported(books, phone, provider_customer_ids=[f"pos-{phone}"])] for phone in PHONES[:3]]
    came = list[str]()

    def come() -> None:
        if not came:
            came.append(PHONES[9])
            books.post("provider_id.linked", about=PHONES[9], provider_customer_id=f"pos-{PHONES[1]}")

    post = ledger(interrupting(WRITE, come)).ahead(batch)
    assert [outcome for facts in batch for outcome in post(facts)] == ["applied"] * 3
    holder = books.by_provider_id(f"pos-{PHONES[1]}")
    assert holder
    assert [books.customer(phone).balance_minor for phone in PHONES[:3]] == [70] * 3
    for phone in (PHONES[0], PHONES[2]):
        assert books.by_provider_id(f"pos-{phone}") == books.customer(phone)


def test_imports_among_other_facts(books: Books) -> None:
    """One of somebody who is known, one of somebody who has two, and one that is refused."""
    (known_phone,) = known(books, 1)
    batch = [
        [imported(books, known_phone)],
        [imported(books, PHONES[1])],
        [imported(books, PHONES[2]), imported(books, PHONES[2], fact_id="twice")],
        [imported(books, PHONES[3], fact_id=f"import-{PHONES[1]}")],
        [purchase(books, PHONES[4])],
        [imported(books, PHONES[5])],
    ]
    outcomes = post_all(books, batch)
    assert [each if isinstance(each, str) else type(each) for each in outcomes] == [
        "applied",
        "applied",
        "applied",
        CannotApply,
        CannotApply,
        "applied",
        "applied",
    ]
    assert [bool(books.find(phone)) for phone in PHONES[:6]] == [True, True, True, False, True, True]


def test_of_a_stranger_who_has_more_than_an_import_all_is_applied(books: Books) -> None:
    one, other, third = PHONES[:3]
    batch = [
        [imported(books, one), purchase(books, one)],
        [imported(books, other), imported(books, other, source="older", fact_id="second")],
        [imported(books, third)],
    ]
    assert post_all(books, batch) == ["applied"] * 5
    assert [books.customer(phone).balance_minor for phone in (one, other, third)] == [70, 140, 70]
    assert books.customer(one).activity.visit_count == 1


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_imports_that_are_stopped_at_any_write_count_once(books: Books, moment: str) -> None:
    batch = [[imported(books, phone, provider_customer_ids=[f"pos-{phone}"])] for phone in PHONES[:10]]
    more, number = True, 1
    while more:
        client = interrupting(f"{moment}.dynamodb.TransactWriteItems", crash_at(number))
        try:
            post = ledger(client).ahead(batch)
            for facts in batch:
                post(facts)
            more = False
        except Crash:
            number += 1
    assert number > 1
    for phone in PHONES[:10]:
        assert books.customer(phone).balance_minor == 70
        assert books.by_provider_id(f"pos-{phone}") == books.customer(phone)
        assert len([kind for kind, _ in books.ledger_of(books.customer(phone)) if kind == "customer.imported"]) == 1


def test_a_stranger_who_came_after_the_reads_is_imported_to_who_is_there(books: Books) -> None:
    batch = [[imported(books, phone)] for phone in PHONES[:10]]
    came = list[str]()

    def come() -> None:
        if not came:
            came.append(PHONES[3])
            books.post("balance.topped_up", about=PHONES[3], amount_minor=1)

    post = ledger(interrupting(WRITE, come)).ahead(batch)
    assert [outcome for facts in batch for outcome in post(facts)] == ["applied"] * 10
    assert [books.customer(phone).balance_minor for phone in PHONES[:10]] == [70, 70, 70, 71, *[70] * 6]
