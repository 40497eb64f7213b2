"""An opening that is replayed: once its customer is erased, it is a 404 as every other key of theirs."""

from __future__ import annotations

from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.sessions import OPEN_SESSION
from customers.store.sessions.sessions import OPENING
from tests.operations.conftest import LAYLA, MONEY, NAME, Shop
from tests.operations.identity.test_merge import merge
from tests.support.erasure.erasing import erase
from tests.support.recording import answers, id_of
from tests.support.sessions import OMAR, identify, open_session


def test_the_opening_is_not_replayed_once_its_customer_is_erased(shop: Shop, tables: DynamoDBClient) -> None:
    """With a basket reference, which is in the person's history too."""
    shop.told("customer.registered", LAYLA, name=NAME)
    first = open_session(shop, {"basket_reference": "order-17"}, key="os-1")
    assert identify(shop, first.data["session_id"]).status == 200
    assert open_session(shop, {"basket_reference": "order-17"}, key="os-1").data == first.data
    assert erase(shop, id_of(tables, shop)).status == 200
    for body in ({"basket_reference": "order-17"}, {"basket_reference": "order-18"}):
        again = open_session(shop, body, key="os-1")
        assert (again.status, again.body["error"]["code"]) == (404, "NOT_FOUND")
        assert again.body["error"]["details"][0]["field"] == "Idempotency-Key"
        assert "order-17" not in again.text
        assert first.data["session_id"] not in again.text


def test_nor_once_the_survivor_is_erased(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told("promo.granted", OMAR, grant_id="g", amount_minor=1, **MONEY)
    shop.told("customer.registered", LAYLA, name=NAME)
    first = open_session(shop, {"basket_reference": "order-17"}, key="os-1")
    assert identify(shop, first.data["session_id"]).status == 200
    layla, omar = id_of(tables, shop), id_of(tables, shop, OMAR)
    assert merge(shop, omar, layla).status == 200
    assert erase(shop, omar).status == 200
    assert open_session(shop, {"basket_reference": "order-17"}, key="os-1").status == 404


def test_an_erasure_finds_the_answer_of_the_opening(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told("customer.registered", LAYLA, name=NAME)
    session = open_session(shop, {"basket_reference": "order-17"}, key="os-1").data["session_id"]
    identify(shop, session, key="i-1")
    customer = {"S": f"{shop.enterprise}#{id_of(tables, shop)}"}
    kept = {row["pk"]["S"].partition("#")[2]: row for row in answers(tables, shop.enterprise)}
    assert {key: row.get("customer_key") for key, row in kept.items()} == {
        "open_session#os-1": customer,
        "identify_session#i-1": customer,
    }


def test_who_is_disabled_does_not_shut_the_till_off(shop: Shop) -> None:
    """The answer of an opening says nothing of the customer."""
    shop.told("customer.registered", LAYLA, name=NAME)
    first = open_session(shop, {"basket_reference": "order-17"}, key="os-1")
    identify(shop, first.data["session_id"])
    shop.disabled_layla()
    again = open_session(shop, {"basket_reference": "order-17"}, key="os-1")
    assert (again.status, again.data, again.body["meta"]["idempotency_replayed"]) == (201, first.data, True)


def test_a_session_that_was_never_identified_is_of_nobody(shop: Shop, tables: DynamoDBClient) -> None:
    """Its opening can be replayed as long as every answer is kept, after any other erasure."""
    shop.told("customer.registered", LAYLA, name=NAME)
    first = open_session(shop, {"basket_reference": "order-17"}, key="os-1")
    assert erase(shop, id_of(tables, shop)).status == 200
    assert open_session(shop, {"basket_reference": "order-17"}, key="os-1").data == first.data


def test_the_operation_that_opens_has_the_name_that_the_store_knows() -> None:
    assert OPEN_SESSION.name == OPENING
