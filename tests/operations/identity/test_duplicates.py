"""GET and POST /customers/{id}/duplicates, through the template's routes and the template's tables."""

from __future__ import annotations

from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.duplicates import DUPLICATES
from tests.operations.conftest import LAYLA, MONEY, NAME, PROVIDER_ID, Shop
from tests.operations.identity.conftest import FAR, SWAPPED
from tests.operations.identity.test_merge import merge
from tests.support.books import DERIVED
from tests.support.dynamodb.in_memory import lay
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of
from tests.support.stats.derivation import Derivation


def duplicates(shop: Shop, customer_id: str) -> Reply:
    reply = call("GET", f"/customers/{customer_id}/duplicates", "", shop.admin("customer:SEARCH"))
    conforms(DUPLICATES, reply)
    return reply


def found(shop: Shop, customer_id: str) -> list[str]:
    return [each["customer_id"] for each in duplicates(shop, customer_id).data["duplicates"]]


def test_each_comes_with_its_evidence_the_strongest_first(shop: Shop, layla: str, twin: str, far: str) -> None:
    shop.told("customer.registered", "+97433001299", name=NAME)
    shop.told("customer.registered", "+97433001123", name="Omar Said")
    reply = duplicates(shop, layla)
    assert (reply.data["customer_id"], reply.data["complete"]) == (layla, True)
    kinds = [(each["customer_id"], [why["kind"] for why in each["evidence"]]) for each in reply.data["duplicates"]]
    assert kinds == [(twin, ["same_name_phone_swap"]), (far, ["same_name_last4"])]
    assert reply.data["duplicates"][0]["evidence"][0]["phone"] == SWAPPED
    assert found(shop, twin) == [layla]


def test_who_held_the_provider_s_id_before_is_a_duplicate_by_whatever_name(
    shop: Shop, tables: DynamoDBClient, layla: str
) -> None:
    shop.told("customer.registered", FAR, name="Someone Else")
    later = "2026-11-02T10:00:00Z"
    shop.told("provider_id.linked", FAR, provider_customer_id=PROVIDER_ID, occurred_at=later)
    (other,) = duplicates(shop, id_of(tables, shop, FAR)).data["duplicates"]
    assert other["customer_id"] == layla
    assert other["evidence"] == [{"kind": "provider_id_moved", "phone": None, "provider_customer_id": PROVIDER_ID}]


def test_who_held_it_before_and_is_erased_is_nobody_s_duplicate(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    shop.told("balance.settled", LAYLA, amount_minor=12500, **MONEY)
    shop.told("customer.registered", FAR, name=NAME)
    shop.told("provider_id.linked", FAR, provider_customer_id=PROVIDER_ID, occurred_at="2026-11-02T10:00:00Z")
    other = id_of(tables, shop, FAR)
    assert found(shop, other) == [layla]
    headers = {"Idempotency-Key": "e", "Content-Type": "application/json"}
    assert call("DELETE", f"/customers/{layla}", "", shop.admin("customer:DELETE"), headers=headers).status == 200
    assert found(shop, other) == []


def test_a_link_that_was_wrong_is_evidence_of_nothing(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    shop.told("provider_id.unlinked", LAYLA, provider_customer_id=PROVIDER_ID, occurred_at="2026-11-02T09:00:00Z")
    shop.told("provider_id.linked", FAR, provider_customer_id=PROVIDER_ID, occurred_at="2026-11-02T10:00:00Z")
    assert found(shop, id_of(tables, shop, FAR)) == []


def test_an_absorbed_phone_leads_to_the_survivor(
    shop: Shop, tables: DynamoDBClient, layla: str, twin: str, far: str
) -> None:
    other = "+97450000001"
    shop.told("customer.registered", other, name=NAME)
    survivor = id_of(tables, shop, other)
    assert merge(shop, survivor, twin).status == 200
    (swapped, _) = duplicates(shop, layla).data["duplicates"]
    assert (swapped["customer_id"], swapped["phone"]) == (survivor, other)
    assert swapped["evidence"][0]["phone"] == SWAPPED
    assert duplicates(shop, twin).data["customer_id"] == survivor


def test_where_too_many_end_alike_the_most_similar_are_looked_at(
    shop: Shop, tables: DynamoDBClient, layla: str, requests: list[str], derivation: Derivation
) -> None:
    derivation.reconcile()
    rows = [_listed(shop, f"+9746{number}1122", number) for number in range(100, 300)]
    lay(DERIVED, [*rows, _listed(shop, "+97433011122", 999)])
    shop.told("customer.registered", "+97433011122", name=NAME)
    requests.clear()
    reply = duplicates(shop, layla)
    assert reply.data["complete"] is False
    assert [each["phone"] for each in reply.data["duplicates"]] == ["+97433011122"]
    assert len(requests) == DUPLICATES.budget


def _listed(shop: Shop, phone: str, number: int) -> dict[str, Any]:
    key = {"pk": {"S": f"{shop.enterprise}#last4#1122"}, "sk": {"S": f"usr_{number:032x}"}}
    return {**key, "customer_id": key["sk"], "phone": {"S": phone}}
