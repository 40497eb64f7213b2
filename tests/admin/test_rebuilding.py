"""`make audit` names what is lost or too many, and `make rebuild` mends it, or says what a person must do."""

from __future__ import annotations

import os
from argparse import Namespace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from admin.audit import audit, rebuild
from admin.stack.refusal import Refusal
from customers.domain.stats.customer_refs import CustomerRef
from tests.support.books import CUSTOMERS, DERIVED, ENTERPRISES, RECORDS, Books
from tests.support.facts import LAYLA, OMAR, enterprise_fact
from tests.support.identity.merging import merge
from tests.support.stats.derivation import deriver


@pytest.fixture
def stack(tables: DynamoDBClient, books: Books) -> Any:
    named = {"customers": CUSTOMERS, "records": RECORDS, "derived": DERIVED, "enterprises": ENTERPRISES}
    clients = {"dynamodb": tables, "kms": boto3.client("kms", region_name="us-east-1")}
    return SimpleNamespace(client=clients.__getitem__, tables=named, pseudonym_key=os.environ["PSEUDONYM_KEY"])


@pytest.fixture
def books(tables: DynamoDBClient, enterprise: str) -> Books:
    """Layla, who has absorbed Omar."""
    books = Books(tables, enterprise)
    books.registry.post(enterprise_fact("enterprise.configured", enterprise))
    books.post("balance.topped_up", about=LAYLA, fact_id="top-up", amount_minor=700)
    books.post("provider_id.linked", about=LAYLA, provider_customer_id="pos-1")
    books.post("purchase.completed", about=OMAR, fact_id="bought", purchase_id="p-1")
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


def lose(books: Books, table: str, part: str) -> None:
    (row,) = [row for row in books.rows(table) if part in row["pk"]["S"] + row.get("sk", {"S": ""})["S"]]
    books.client.delete_item(TableName=table, Key={name: row[name] for name in ("pk", "sk") if name in row})


def plant(books: Books, pk: str) -> None:
    (row,) = [row for row in books.rows(CUSTOMERS) if row["pk"]["S"].endswith(LAYLA)]
    books.client.put_item(TableName=CUSTOMERS, Item={**row, "pk": {"S": f"{books.enterprise}#{pk}"}})


def audited(stack: Any, books: Books) -> int:
    return audit.run(stack, Namespace(enterprise=books.enterprise))


def rebuilt(stack: Any, books: Books, customer: str | None = None, *, accept: bool = False) -> int:
    return rebuild.run(stack, Namespace(enterprise=books.enterprise, customer=customer, accept_ledger=accept))


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (lambda books: lose(books, CUSTOMERS, OMAR), "the row at the phone of usr_"),
        (lambda books: lose(books, RECORDS, "fact#top-up"), "the record of fact top-up"),
        (lambda books: lose(books, RECORDS, "purchase#p-1"), "purchase#p-1"),
        (lambda books: plant(books, "provider#pos-9"), "a copy at an id that is not theirs"),
        (lambda books: plant(books, "+97433009999"), "a second row"),
    ],
    ids=["lead", "fact record", "purchase", "provider copy", "second row"],
)
def test_it_is_named_and_the_command_mends_it(
    stack: Any, books: Books, capsys: pytest.CaptureFixture[str], harm: Any, named: str
) -> None:
    assert audited(stack, books) == 0
    harm(books)
    assert audited(stack, books) == 1
    told = capsys.readouterr()
    assert named in told.out + told.err
    assert f"make rebuild ENTERPRISE={books.enterprise}" in told.out
    assert rebuilt(stack, books) == 0
    reconcile(books)
    assert audited(stack, books) == 0


def test_a_customer_does_not_follow_a_ledger_that_has_lost_an_entry(
    stack: Any, books: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    lose_entry(books, "top-up")
    assert audited(stack, books) == 1
    told = capsys.readouterr()
    assert "lost the ledger entries of 1 facts, for example of top-up" in told.out + told.err
    assert rebuilt(stack, books) == 1
    layla = books.customer().customer_id
    with pytest.raises(Refusal, match="restore them from a backup"):
        rebuilt(stack, books, layla)
    assert books.customer().balance_minor == 700


def lose_entry(books: Books, fact_id: str) -> None:
    (row,) = [row for row in books.rows(RECORDS) if row["sk"]["S"].endswith(f"#{fact_id}")]
    books.client.delete_item(TableName=RECORDS, Key={"pk": row["pk"], "sk": row["sk"]})
