"""GET and POST /customers/{id}/duplicates, through the template's routes and the template's tables."""

from __future__ import annotations

from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.duplicates import DUPLICATES, NOT_THE_SAME
from customers.store.audit.rebuild import Rebuild
from tests.operations.conftest import LAYLA, MONEY, NAME, PROVIDER_ID, Shop
from tests.operations.identity.test_merge import merge, sweep
from tests.support.books import CUSTOMERS, DERIVED, RECORDS
from tests.support.dynamodb.in_memory import lay
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of
from tests.support.stats.derivation import Derivation

SWAPPED, FAR = "+97433001212", "+97466551122"


def duplicates(shop: Shop, customer_id: str) -> Reply:
    reply = call("GET", f"/customers/{customer_id}/duplicates", "", shop.admin("customer:SEARCH"))
    conforms(DUPLICATES, reply)
    return reply


def found(shop: Shop, customer_id: str) -> list[str]:
    return [each["customer_id"] for each in duplicates(shop, customer_id).data["duplicates"]]


def say(shop: Shop, one: str, other: object, key: str = "k") -> Reply:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    body = {"other_customer_id": other}
    office = shop.admin("customer:MERGE")
    reply = call("POST", f"/customers/{one}/duplicates", "", office, headers=headers, body=body)
    conforms(NOT_THE_SAME, reply)
    return reply


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    shop.told_of_layla()
    return id_of(tables, shop)


@pytest.fixture
def twin(shop: Shop, tables: DynamoDBClient) -> str:
    """The same name, and two digits of the phone swapped."""
    shop.told("customer.registered", SWAPPED, name="Hassan LAYLA")
    return id_of(tables, shop, SWAPPED)


@pytest.fixture
def far(shop: Shop, tables: DynamoDBClient, derivation: Derivation) -> str:
    """The same name, and a phone that ends in the same digits. The index has everybody."""
    shop.told("customer.registered", FAR, name=NAME)
    derivation.reconcile()
    return id_of(tables, shop, FAR)


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
    sweep(tables, shop)
    (swapped, _) = duplicates(shop, layla).data["duplicates"]
    assert (swapped["customer_id"], swapped["phone"]) == (survivor, other)
    assert swapped["evidence"][0]["phone"] == SWAPPED
    assert duplicates(shop, twin).data["customer_id"] == survivor


def test_who_is_said_to_be_another_is_in_neither_list_and_stays_so(
    shop: Shop, tables: DynamoDBClient, layla: str, twin: str, far: str
) -> None:
    reply = say(shop, layla, twin)
    assert reply.status == 200
    assert (reply.data["customer_id"], reply.data["other_customer_id"]) == (layla, twin)
    assert found(shop, layla) == [far]
    assert found(shop, twin) == []
    rebuild = Rebuild(tables, CUSTOMERS, RECORDS, DERIVED)
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
    sweep(tables, shop)
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
