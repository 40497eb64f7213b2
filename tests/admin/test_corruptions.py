"""Rows that are lost, altered or too many: `make audit` names each, and the command that it names mends it.

Where the ledger is not as it was written, or nobody can tell who held an id, the command refuses to guess. Then a
person decides, and what they do is in the test, too.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from admin.audit import audit, rebuild
from admin.stack.refusal import Refusal
from customers.domain.refusals import ValidationError
from customers.domain.stats.customer_refs import CustomerRef
from tests.support.books import CUSTOMERS, DERIVED, ENTERPRISES, RECORDS, Books
from tests.support.facts import LAYLA, NOON, OMAR, enterprise_fact
from tests.support.identity.merging import merge
from tests.support.stats.derivation import deriver

NOUR = "+97455003344"
HOUR = timedelta(hours=1)
CARD = {"provider_customer_id": "pos-1"}
BY_CARD: dict[str, Any] = {"about": CARD, "at": NOON + 2 * HOUR, "fact_id": "by-card", "amount_minor": 300}
Row = dict[str, Any]


@pytest.fixture
def stack(tables: DynamoDBClient) -> Any:
    named = {"customers": CUSTOMERS, "records": RECORDS, "derived": DERIVED, "enterprises": ENTERPRISES}
    clients = {"dynamodb": tables, "kms": boto3.client("kms", region_name="us-east-1")}
    return SimpleNamespace(client=clients.__getitem__, tables=named, pseudonym_key=os.environ["PSEUDONYM_KEY"])


@pytest.fixture
def books(tables: DynamoDBClient, enterprise: str) -> Books:
    """Layla has absorbed Omar. A top-up by a card was hers, until a link said that the card was Nour's by then."""
    books = Books(tables, enterprise)
    books.registry.post(enterprise_fact("enterprise.configured", enterprise))
    books.post("customer.registered", about=LAYLA, fact_id="layla", name="Layla Hassan")
    books.post("balance.topped_up", about=LAYLA, fact_id="top-up", amount_minor=700)
    books.post("provider_id.linked", about=LAYLA, at=NOON, **CARD)
    books.post("purchase.completed", about=OMAR, fact_id="bought", purchase_id="p-1")
    books.post("promo.granted", about=OMAR, fact_id="granted", grant_id="g-1")
    books.post("customer.imported", about=NOUR, fact_id="import", source="old-pos", spendable_minor=50)
    books.post("balance.topped_up", **BY_CARD)
    books.post("provider_id.linked", about=NOUR, at=NOON + HOUR, fact_id="nours", **CARD)
    merge(books, books.customer(LAYLA).customer_id, books.customer(OMAR).customer_id)
    reconcile(books)
    return books


def reconcile(books: Books) -> None:
    """What the streams do."""
    ids = {row["pk"]["S"].partition("#")[2] for row in books.rows(RECORDS) if row["sk"]["S"] == "pointer"}
    changed = [CustomerRef(books.enterprise, each) for each in sorted(ids)]
    for row in books.rows(RECORDS):
        if row["sk"]["S"].startswith("purchase#"):
            changed.append(CustomerRef(books.enterprise, row["pk"]["S"].partition("#")[2], row["sk"]["S"]))
    assert deriver(books.client).reconcile(changed) == {}


def only(books: Books, table: str, part: str) -> Row:
    """The row with this in its key."""
    (row,) = [row for row in books.rows(table) if part in row["pk"]["S"] + " " + row.get("sk", {"S": ""})["S"]]
    return row


def put(books: Books, table: str, row: Row) -> None:
    books.client.put_item(TableName=table, Item=row)


def lose(books: Books, table: str, part: str) -> Callable[[], None]:
    """Gives what a restore from a backup does."""
    row = only(books, table, part)
    key: Any = {name: row[name] for name in ("pk", "sk") if name in row}
    books.client.delete_item(TableName=table, Key=key)
    return lambda: put(books, table, row)


def alter(books: Books, table: str, part: str, **attributes: Any) -> Callable[[], None]:
    row = only(books, table, part)
    put(books, table, {**row, **attributes})
    return lambda: put(books, table, row)


def add(books: Books, table: str, part: str, **attributes: Any) -> Callable[[], None]:
    """A row that nobody wrote, like another one. Gives what removes it."""
    row = {**only(books, table, part), **attributes}
    put(books, table, row)
    key: Any = {name: row[name] for name in ("pk", "sk") if name in row}
    return lambda: books.client.delete_item(TableName=table, Key=key) and None


def key(books: Books, rest: str) -> Row:
    return {"S": f"{books.enterprise}#{rest}"}


def id_of(books: Books, phone: str = LAYLA) -> str:
    return books.customer(phone).customer_id


def same_fact_again(books: Books, **said: Any) -> None:
    """A fact whose record is lost still counts once."""
    assert books.post("balance.topped_up", **said) == "duplicate"


@dataclass(frozen=True)
class Corruption:
    """What is planted, and what audit says of it. Without `decide`, the rebuild of the enterprise mends it."""

    plant: Callable[[Books], Any]
    named: str
    decide: str = ""
    """What a person does, because the command refuses to guess: `restore`, `link again` or `accept`."""


def of(plant: Callable[[Books], Any], named: str, decide: str = "") -> Corruption:
    return Corruption(plant, named, decide)


def lost_both(books: Books) -> None:
    lose(books, RECORDS, "ledger#2024-06-01T12:00:00.000000Z#top-up")
    lose(books, RECORDS, "#fact#top-up")


def lost_record(books: Books) -> None:
    lose(books, RECORDS, "#fact#top-up")
    same_fact_again(books, about=LAYLA, fact_id="top-up", amount_minor=700)


def lost_record_of_a_moved_entry(books: Books) -> None:
    lose(books, RECORDS, "#fact#by-card")
    same_fact_again(books, **BY_CARD)


def wrong_pointer(books: Books) -> None:
    row = only(books, RECORDS, f"{id_of(books, NOUR)} pointer")
    put(books, RECORDS, {**row, "marks": {"M": {**row["marks"]["M"], "name": {"S": "2030-01-01T00:00:00.000000Z#x"}}}})


def forgotten_note(books: Books) -> None:
    lose(books, DERIVED, f"#customers#{id_of(books)[4:6]} {id_of(books)}")


def note_of_nobody(books: Books) -> None:
    note = only(books, DERIVED, f"#customers#{id_of(books)[4:6]} {id_of(books)}")
    nobody = f"usr_{id_of(books)[4:6]}{'0' * 30}"
    put(books, DERIVED, {**note, "sk": {"S": nobody}, "terms": {"L": []}})


CORRUPTIONS: dict[str, Corruption] = {
    "a copy at a provider id that is nobody's": of(
        lambda books: add(books, CUSTOMERS, f"#{LAYLA}", pk=key(books, "provider#pos-9")),
        "has a copy at an id that is not theirs",
    ),
    "a second row of one customer": of(
        lambda books: add(books, CUSTOMERS, f"#{LAYLA}", pk=key(books, "+97433009999")), "has a second row"
    ),
    "a lost row of a customer": of(lambda books: lose(books, CUSTOMERS, f"#{NOUR}"), "differs from the ledger: row"),
    "a lost copy of a row": of(
        lambda books: lose(books, CUSTOMERS, "#provider#pos-1"), "differs from the ledger: copies"
    ),
    "the row at an absorbed phone is gone": of(
        lambda books: lose(books, CUSTOMERS, f"#{OMAR}"), "the row at the phone of usr_"
    ),
    "wrong sums in a row": of(
        lambda books: alter(books, CUSTOMERS, f"#{NOUR}", balance={"N": "5"}, visits={"N": "9"}),
        "differs from the ledger: balance, visits",
    ),
    "wrong orders of statements in a pointer": of(wrong_pointer, "differs from the ledger: pointer"),
    "a lost record of a fact": of(lost_record, "the record of fact top-up"),
    "a lost record of a fact whose entry has moved": of(lost_record_of_a_moved_entry, "the record of fact by-card"),
    "a lost purchase": of(lambda books: lose(books, RECORDS, "purchase#p-1"), "differs from the ledger: purchase#p-1"),
    "a purchase that no entry explains": of(
        lambda books: add(books, RECORDS, "purchase#p-1", sk={"S": "purchase#p-9"}),
        "differs from the ledger: purchase#p-9",
    ),
    "a wrong grant": of(
        lambda books: alter(books, RECORDS, " grant#g-1", amount={"N": "1"}), "differs from the ledger: grant#g-1"
    ),
    "a lost import": of(lambda books: lose(books, RECORDS, " import#"), "differs from the ledger: import#old-pos"),
    "a lost row of a part": of(
        lambda books: lose(books, RECORDS, f"{id_of(books)} part"), "what was stated about the part"
    ),
    "a lost entry": of(lambda books: lose(books, RECORDS, "Z#top-up"), "lacks 1 of 6 entries", "restore"),
    "an altered entry": of(
        lambda books: alter(books, RECORDS, "Z#top-up", detail={"S": '{"amount_minor":70000,"currency":"QAR"}'}),
        "has an entry that was altered (the record of the fact top-up knows another content)",
        "restore",
    ),
    "an entry that nobody wrote": of(
        lambda books: add(books, RECORDS, "Z#top-up", sk={"S": "ledger#2024-06-01T12:00:00.000000Z#forged"}),
        "has 1 entries that were never written (no record knows the fact forged)",
        "restore",
    ),
    "a lost entry of this system": of(lambda books: lose(books, RECORDS, "#mrg_"), "lacks 1 of 6 entries", "restore"),
    "a fact without record and entry": of(lost_both, "lacks 1 of 6 entries", "accept"),
    "a wrong checksum": of(
        lambda books: alter(books, CUSTOMERS, f"#{NOUR}", checksum={"B": bytes(20)}), "were never written", "accept"
    ),
    "a lost row of who held a provider id": of(
        lambda books: lose(books, RECORDS, "#provider#pos-1"),
        "the holders of one are lost; link it again",
        "link again",
    ),
    "a wrong total": of(
        lambda books: add_to(books, "#totals", balance_minor=5), "totals: balance_minor is 1,055 and should be 1,050"
    ),
    "a wrong day": of(lambda books: add_to(books, "#days 2024-06-01", visits=3), "2024-06-01: visits is 4"),
    "a lost search row": of(lambda books: lose(books, DERIVED, "#word#h hassan#"), "search terms: there are"),
    "a search row that finds nobody": of(
        lambda books: add(books, DERIVED, "#word#h hassan#", sk={"S": f"haddad#{id_of(books)}"}), "search terms"
    ),
    "a search row with another phone": of(
        lambda books: alter(books, DERIVED, "#word#h hassan#", phone={"S": OMAR}), "some have the wrong phone"
    ),
    "a lost note of what is counted": of(forgotten_note, "derived data is late for 1 customers"),
    "a note of nobody": of(note_of_nobody, "notes: some belong to customers who do not exist"),
    "a purchase counted as another": of(
        lambda books: alter(books, RECORDS, "purchase#p-1", counted={"S": '{"amount":5,"day":"2024-06-01"}'}),
        "counted wrongly: purchase#p-1",
    ),
}


def add_to(books: Books, part: str, **counters: int) -> None:
    row = next(row for row in books.rows(DERIVED) if part in row["pk"]["S"] + " " + row["sk"]["S"])
    wrong = {name: {"N": str(int(row.get(name, {"N": "0"})["N"]) + more)} for name, more in counters.items()}
    put(books, DERIVED, {**row, **wrong})


def audited(stack: Any, books: Books) -> int:
    return audit.run(stack, Namespace(enterprise=books.enterprise))


def rebuilt(stack: Any, books: Books, customer: str | None = None, *, accept: bool = False) -> int:
    return rebuild.run(stack, Namespace(enterprise=books.enterprise, customer=customer, accept_ledger=accept))


def everybody(books: Books) -> list[str]:
    return sorted({row["customer_id"]["S"] for row in books.rows(CUSTOMERS) if "customer_id" in row})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PATIENCE", 0.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_it_is_named_and_mended_or_a_person_decides(
    stack: Any,
    books: Books,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    corruption = CORRUPTIONS[name]
    assert audited(stack, books) == 0
    before = {phone: books.customer(phone) for phone in (LAYLA, NOUR)}
    undo = corruption.plant(books)
    capsys.readouterr()
    assert audited(stack, books) == 1
    told = capsys.readouterr()
    assert corruption.named in told.out + told.err
    assert f"make rebuild ENTERPRISE={books.enterprise}" in told.out
    if corruption.decide:
        # What cannot be recounted is in no figure, so no total is said to be wrong.
        assert "are not compared" in told.out
        assert "should be" not in told.out
        refused(stack, books)
        decided(stack, books, corruption.decide, undo)
    assert rebuilt(stack, books) == 0
    assert audited(stack, books) == 0
    if name != "a fact without record and entry":
        for phone, profile in before.items():
            assert books.customer(phone).balance_minor == profile.balance_minor
            assert books.customer(phone).activity == profile.activity


def refused(stack: Any, books: Books) -> None:
    """The command changes nobody whose ledger or ids it cannot trust."""
    held = books.rows(CUSTOMERS), books.rows(RECORDS), books.rows(DERIVED)
    assert rebuilt(stack, books) == 1
    assert (books.rows(CUSTOMERS), books.rows(RECORDS), books.rows(DERIVED)) == held
    trouble = 0
    for customer_id in everybody(books):
        try:
            rebuilt(stack, books, customer_id)
        except (Refusal, ValidationError):
            trouble += 1
    assert trouble


def decided(stack: Any, books: Books, decision: str, undo: Callable[[], None]) -> None:
    match decision:
        case "restore":
            undo()
        case "link again":
            books.post("provider_id.linked", about=LAYLA, at=NOON, fact_id="again-1", **CARD)
            books.post("provider_id.linked", about=NOUR, at=NOON + HOUR, fact_id="again-2", **CARD)
            reconcile(books)
        case "accept":
            for customer_id in everybody(books):
                assert rebuilt(stack, books, customer_id, accept=True) == 0


def test_a_customer_follows_a_ledger_that_has_lost_an_entry_only_if_a_person_accepts_that(
    stack: Any, books: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(books, RECORDS, "Z#top-up")
    assert audited(stack, books) == 1
    told = capsys.readouterr()
    assert "lost the ledger entries of 1 facts, for example of top-up" in told.out + told.err
    layla = id_of(books)
    with pytest.raises(Refusal, match="restore them from a backup"):
        rebuilt(stack, books, layla)
    with pytest.raises(Refusal, match="CUSTOMER=usr_"):
        rebuilt(stack, books, accept=True)
    assert books.customer().balance_minor == 700
    assert rebuilt(stack, books, layla, accept=True) == 0
    assert books.customer().balance_minor == 0
    assert rebuilt(stack, books) == 0
    assert audited(stack, books) == 0
    # Its fact has been used for good.
    same_fact_again(books, about=LAYLA, fact_id="top-up", amount_minor=700)
    assert books.customer().balance_minor == 0
