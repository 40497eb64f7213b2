"""Refused facts: whom they are about is found however malformed they are, and what is left of them names nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from customers.domain.identifiers.address import CustomerId, ProviderId
from customers.domain.identifiers.phone import Phone
from customers.wire.facts.refused_facts import read_refused_fact, without_person


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
        ({"phone": "+974 3300 1122 ext"}, Phone("+97433001122")),
        ({"customer_id": "usr_1"}, CustomerId("usr_1")),
        ({"provider_customer_id": "pos-1"}, ProviderId("pos-1")),
    ],
)
def test_whom_it_is_about_is_read(who: dict[str, str], about: object) -> None:
    letter = read_refused_fact(body(who=who), "QA")
    assert letter
    assert letter.enterprise == "ent-1"
    assert about in letter.about


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"detail": 1}', '{"detail": {"customer": "x"}}', "[" * 100_000])
def test_what_says_nothing_is_nobodys(text: str) -> None:
    assert read_refused_fact(text, None) is None


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


@pytest.mark.parametrize("kind", ["customer.registered", "preferences.updated", "provider_id.linked", "nonsense"])
def test_of_what_is_said_of_the_person_nothing_is_kept(kind: str) -> None:
    assert without_person(body(kind, name="Layla"), "usr_1") is None
