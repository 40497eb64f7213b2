"""GET /customers/{phone}/preferences, through the template's route."""

from __future__ import annotations

from customers.catalogue.till.preferences import PREFERENCES
from tests.operations.conftest import LAYLA, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms


def preferences(shop: Shop) -> Reply:
    reply = call("GET", "/customers/%2B97433001122/preferences", "", shop.till)
    conforms(PREFERENCES, reply)
    return reply


def test_they_are_as_they_were_told_last(shop: Shop) -> None:
    shop.told_of_layla()
    shop.told(
        "preferences.updated",
        LAYLA,
        preferences={"milk": "soy", "shots": 2, "a": None},
        occurred_at="2026-11-02T10:00:00Z",
    )
    reply = preferences(shop)
    assert list(reply.data) == ["status", "preferences", "fetched_at"]
    assert reply.data["status"] == "registered"
    assert reply.data["preferences"] == {"milk": "soy", "shots": 2, "a": None}
    assert reply.body["meta"]["data_completeness_score"] == 100
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_customer_who_stated_none_has_none(shop: Shop) -> None:
    shop.told("customer.verified", LAYLA)
    assert preferences(shop).data["preferences"] == {}


def test_they_are_those_that_a_lookup_folds_in(shop: Shop) -> None:
    shop.told_of_layla()
    assert (
        preferences(shop).data["preferences"] == shop.lookup("phone=33001122&include=preferences").data["preferences"]
    )
