"""Refused facts: whom they are about is found however malformed they are, and what is left of them names nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from customers.domain.identifiers.address import CustomerId, ProviderId
from customers.domain.identifiers.phone import Phone
from customers.wire.facts.refused_facts import enterprise_in, read_refused_fact, without_person
from customers.wire.identifiers.address import MAX_PROVIDER_ID


def body(kind: str = "purchase.completed", who: Any = None, **said: Any) -> str:
    detail = {
        "fact_id": "f-1",
        "enterprise_id": "ent-1",
        "occurred_at": "2026-06-01T10:00:00Z",
        "customer": who or {"phone": "+97433001122"},
        **said,
    }
    return json.dumps({"detail-type": kind, "source": "partner.till", "detail": detail})


@pytest.mark.parametrize(
    ("who", "about"),
    [
        ({"phone": "+97433001122"}, Phone("+97433001122")),
        ({"phone": "33 00 11 22"}, Phone("+97433001122")),
        ({"customer_id": "usr_1"}, CustomerId("usr_1")),
        ({"provider_customer_id": "7"}, ProviderId("7")),
        ({"provider_customer_id": "x" * MAX_PROVIDER_ID}, ProviderId("x" * MAX_PROVIDER_ID)),
    ],
)
def test_whom_it_is_about_is_read(who: dict[str, str], about: object) -> None:
    text = body(who=who)
    fact = read_refused_fact(text, "QA")
    assert fact
    assert (fact.enterprise, enterprise_in(text)) == ("ent-1", "ent-1")
    assert fact.about == (about,)
    assert fact.at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert fact.shown == {"type": "purchase.completed", "source": "partner.till", "fact_id": "f-1"}


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"detail": 1}', '{"detail": {"customer": "x"}}', "[" * 100_000])
def test_what_says_nothing_is_nobodys(text: str) -> None:
    assert read_refused_fact(text, None) is None
    assert enterprise_in(text) is None


@pytest.mark.parametrize(
    "who",
    [
        {"phone": "+974 3300 1122 ext"},
        {"phone": "33001122"},
        {"phone": 33001122},
        {"customer_id": "Layla Hassan"},
        {"provider_customer_id": "\ud800"},
        {"provider_customer_id": " "},
        {"provider_customer_id": "x" * (MAX_PROVIDER_ID + 1)},
        {"customer_id": "usr_1", "phone": "Layla"},
    ],
)
def test_an_address_that_cannot_be_read_leaves_nobody_to_find_it_by(who: dict[str, Any]) -> None:
    """A body with an unreadable phone would lie in a list where no erasure finds it."""
    assert read_refused_fact(body(who=who), None) is None


def test_only_what_looks_like_a_name_or_an_id_is_shown() -> None:
    said: dict[str, Any] = {
        "detail-type": "Layla Hassan",
        "source": "+97433001122",
        "detail": json.loads(body())["detail"],
    }
    said["detail"]["fact_id"] = "+97433001122"
    fact = read_refused_fact(json.dumps(said), "QA")
    assert fact
    assert fact.shown == {}


def test_a_fact_of_money_is_kept_by_id_without_what_else_was_sent() -> None:
    told = body(amount_minor=100, currency="XXX", purchase_id="p-1", note="for Layla Hassan")
    left = without_person(told, "usr_1")
    assert left
    assert "Layla" not in left
    assert "97433001122" not in left
    detail = json.loads(left)["detail"]
    assert detail["customer"] == {"customer_id": "usr_1"}
    assert (detail["fact_id"], detail["amount_minor"], detail["purchase_id"]) == ("f-1", 100, "p-1")
    assert without_person(left, "usr_1") == left


@pytest.mark.parametrize(
    ("source", "left"),
    [("partner.till", "partner.till"), ("Layla", "partner"), ("partner", "partner"), (7, "partner"), (None, None)],
)
def test_what_is_kept_by_id_may_say_no_more_than_its_source(source: object, left: str | None) -> None:
    told = json.dumps({**json.loads(body(amount_minor=100, currency="XXX")), "source": source})
    kept = without_person(told, "usr_1")
    assert kept
    assert json.loads(kept).get("source") == left
    assert without_person(kept, "usr_1") == kept


@pytest.mark.parametrize("kind", ["customer.registered", "preferences.updated", "provider_id.linked", "nonsense"])
def test_of_what_is_said_of_the_person_nothing_is_kept(kind: str) -> None:
    assert without_person(body(kind, name="Layla"), "usr_1") is None
