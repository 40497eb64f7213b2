"""POST /customers/{id}/duplicates, through the template's route and the template's tables."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.duplicates import NOT_THE_SAME
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.refusals import Conflict
from customers.store.audit.rebuild import Rebuild
from customers.store.identity.distinctions import Distinctions
from tests.operations.conftest import Shop
from tests.operations.identity.conftest import FAR
from tests.operations.identity.test_duplicates import found
from tests.operations.identity.test_merge import merge
from tests.support.books import CUSTOMERS, DERIVED, RECORDS, SECRET, interrupting
from tests.support.crashes import WRITE, once
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms


def say(shop: Shop, one: str, other: object, key: str = "k") -> Reply:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    body = {"other_customer_id": other}
    office = shop.admin("customer:MERGE")
    reply = call("POST", f"/customers/{one}/duplicates", "", office, headers=headers, body=body)
    conforms(NOT_THE_SAME, reply)
    return reply


def test_who_is_said_to_be_another_is_in_neither_list_and_stays_so(
    shop: Shop, tables: DynamoDBClient, layla: str, twin: str, far: str
) -> None:
    reply = say(shop, layla, twin)
    assert reply.status == 200
    assert (reply.data["customer_id"], reply.data["other_customer_id"]) == (layla, twin)
    assert found(shop, layla) == [far]
    assert found(shop, twin) == []
    rebuild = Rebuild(tables, CUSTOMERS, RECORDS, DERIVED, SECRET)
    for each in (layla, twin):
        assert rebuild.mend(shop.enterprise, each, "QAR") == ()
    assert found(shop, layla) == [far]


@pytest.mark.parametrize("which", ["the one", "the other"])
def test_it_holds_for_a_survivor_that_absorbs_one_of_the_two(
    shop: Shop, tables: DynamoDBClient, layla: str, twin: str, far: str, which: str
) -> None:
    assert say(shop, layla, twin).status == 200
    survivor = far
    shop.told("customer.verified", FAR)
    assert merge(shop, survivor, layla if which == "the one" else twin).status == 200
    left = twin if which == "the one" else layla
    assert found(shop, left) == []
    assert found(shop, survivor) == []


def test_it_is_in_the_log_with_both(shop: Shop, layla: str, twin: str) -> None:
    say(shop, layla, twin)
    reply = call("GET", "/activity", "operation=not_the_same", shop.admin("activity:READ"))
    (entry,) = reply.data["entries"]
    assert (entry["customer_id"], entry["other_customer_id"], entry["outcome"]) == (layla, twin, "done")


def test_an_erasure_takes_it_and_the_other_s_list_goes_on(
    shop: Shop, tables: DynamoDBClient, layla: str, twin: str
) -> None:
    say(shop, layla, twin)
    headers = {"Idempotency-Key": "e", "Content-Type": "application/json"}
    preview = call("DELETE", f"/customers/{twin}", "dry_run=true", shop.admin("customer:DELETE"), headers=headers)
    assert preview.data["preview"]["removed"]["not_the_same"] == 1
    assert call("DELETE", f"/customers/{twin}", "", shop.admin("customer:DELETE"), headers=headers).status == 200
    assert say(shop, layla, twin, "again").status == 404
    assert found(shop, layla) == []


@pytest.mark.parametrize("which", ["the one", "the other"])
def test_who_is_absorbed_meanwhile_is_not_said_to_be_another(
    shop: Shop, tables: DynamoDBClient, layla: str, twin: str, far: str, which: str
) -> None:
    shop.told("customer.verified", FAR)
    client = interrupting(WRITE, once(lambda: merge(shop, far, layla if which == "the one" else twin)))
    key, record = IdempotencyKey("not_the_same", "k", "f", datetime.now(UTC)), IdempotencyRecord("f", 200, {}, None)
    with pytest.raises(Conflict):
        Distinctions(client, RECORDS, "ReceiptsTable").say(shop.enterprise, (layla, twin), key, record)


@pytest.mark.parametrize(("other", "status"), [("usr_0", 404), ("provider#x", 404), (7, 400), ("", 400)])
def test_an_unknown_other_is_named(shop: Shop, layla: str, other: object, status: int) -> None:
    reply = say(shop, layla, other)
    assert reply.status == status
    assert reply.body["error"]["details"][0]["field"] == "other_customer_id"


def test_nobody_is_another_than_themselves(shop: Shop, tables: DynamoDBClient, layla: str, twin: str) -> None:
    assert say(shop, layla, layla).status == 400
    merge(shop, layla, twin)
    assert say(shop, layla, twin, "again").status == 400


def test_the_row_has_a_bound_and_what_it_says_already_can_be_repeated(
    shop: Shop, layla: str, twin: str, far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.store.identity.distinctions.MOST", 1)
    assert say(shop, layla, twin, "one").status == 200
    refused = [say(shop, layla, far, "two"), say(shop, far, layla, "three")]
    assert [each.body["error"]["details"][0]["field"] for each in refused] == ["id", "other_customer_id"]
    assert say(shop, twin, layla, "four").status == 200
