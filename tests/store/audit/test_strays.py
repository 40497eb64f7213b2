"""Rows beside a customer's own that are lost, or too many, are found and mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from customers.domain.refusals import Conflict, ValidationError
from customers.store.audit.strays import Strays
from tests.support.books import CUSTOMERS, RECORDS, Books
from tests.support.facts import LAYLA, NOON, OMAR
from tests.support.identity.merging import merge

LAILA = "+97433009999"


@pytest.fixture
def strays(books: Books) -> Strays:
    return Strays(books.client, CUSTOMERS, RECORDS)


def lived(books: Books) -> str:
    """A customer with two provider ids and an absorbed phone, by id."""
    books.post("provider_id.linked", provider_customer_id="pos-1")
    books.post("provider_id.linked", provider_customer_id="pos-2")
    books.post("balance.topped_up", about=OMAR, fact_id="top-up", amount_minor=700, at=NOON)
    customer_id = books.customer().customer_id
    merge(books, customer_id, books.customer(OMAR).customer_id)
    return customer_id


def planted(books: Books, key: str, **changes: Any) -> None:
    (row,) = [row for row in books.rows(CUSTOMERS) if row["pk"]["S"] == f"{books.enterprise}#{LAYLA}"]
    copy = {**row, "pk": {"S": f"{books.enterprise}#{key}"}, **changes}
    books.client.put_item(TableName=CUSTOMERS, Item=copy)


def lose(books: Books, table: str, **key: str) -> None:
    key["pk"] = f"{books.enterprise}#{key['pk']}"
    given: Any = {name: {"S": value} for name, value in key.items()}
    assert books.client.delete_item(TableName=table, Key=given, ReturnValues="ALL_OLD")["Attributes"]


def everything(books: Books) -> list[dict[str, Any]]:
    return [{**row, "version": None} for row in books.rows(CUSTOMERS)] + books.rows(RECORDS)


def test_no_row_of_a_life_is_a_stray(books: Books, strays: Strays) -> None:
    customer_id = lived(books)
    assert list(strays.find(books.enterprise)) == []
    assert books.rebuild.compare(books.enterprise, customer_id, "QAR").differences == ()


@pytest.mark.parametrize(
    ("key", "changes", "what"),
    [
        ("provider#pos-9", {}, "a copy at an id that is not theirs"),
        ("provider#pos-9", {"customer_id": {"S": "usr_of_nobody"}}, "a copy at an id that is not theirs"),
        (LAILA, {"phone": {"S": LAILA}}, "a second row"),
    ],
)
def test_a_row_that_belongs_to_nobody_is_found_and_removed(
    books: Books, strays: Strays, key: str, changes: dict[str, Any], what: str
) -> None:
    lived(books)
    before = everything(books)
    planted(books, key, **changes)
    (stray,) = strays.find(books.enterprise)
    assert stray.what == what
    strays.remove(stray)
    assert list(strays.find(books.enterprise)) == []
    assert everything(books) == before


def test_a_stray_that_was_written_since_stays(books: Books, strays: Strays) -> None:
    lived(books)
    planted(books, "provider#pos-9")
    (stray,) = strays.find(books.enterprise)
    planted(books, "provider#pos-9", version={"N": "99"})
    with pytest.raises(Conflict):
        strays.remove(stray)


@pytest.mark.parametrize(
    ("harm", "name"),
    [
        (lambda books: lose(books, CUSTOMERS, pk=OMAR), "the row at the phone of usr_"),
        (lambda books: lose(books, RECORDS, pk="fact#top-up", sk="receipt"), "the record of fact top-up"),
    ],
    ids=["lead", "record of a fact"],
)
def test_a_lost_row_is_named_and_comes_back(books: Books, harm: Callable[[Books], None], name: str) -> None:
    customer_id = lived(books)
    before = everything(books)
    harm(books)
    (difference,) = books.rebuild.compare(books.enterprise, customer_id, "QAR").differences
    assert difference.startswith(name)
    assert books.rebuild.mend(books.enterprise, customer_id, "QAR") == (difference,)
    assert books.rebuild.compare(books.enterprise, customer_id, "QAR").differences == ()
    after = everything(books)
    assert [{**row, "said": None, "customer_id": None} for row in after] == [
        {**row, "said": None, "customer_id": None} for row in before
    ]
    assert books.post("balance.topped_up", about=OMAR, fact_id="top-up", amount_minor=700, at=NOON) == "duplicate"
    assert books.customer().balance_minor == 700


def test_a_lead_is_not_put_over_another_customer(books: Books) -> None:
    customer_id = lived(books)
    lose(books, CUSTOMERS, pk=OMAR)
    books.post("customer.registered", about=OMAR, name="Somebody Else")
    other = books.customer(OMAR).customer_id
    with pytest.raises(ValidationError, match=f"{other} has the phone of usr_.*: merge the two"):
        books.rebuild.compare(books.enterprise, customer_id, "QAR")
