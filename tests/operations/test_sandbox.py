"""The reserved numbers of a sandbox, through the template's routes."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
import pytest

from customers.catalogue.admin import STATS
from customers.catalogue.events import RECORD_EVENT
from customers.catalogue.identity import IDENTIFY
from customers.catalogue.sessions import IDENTIFY_SESSION, READ_SESSION
from customers.catalogue.till.badge_reason import BADGE_REASON
from customers.catalogue.till.lookup import LOOKUP
from customers.catalogue.till.preferences import PREFERENCES
from customers.catalogue.till.summary_cached import SUMMARY_CACHED
from customers.domain.identifiers.phone import Phone, normalise
from customers.edge.http.answer import Answer
from customers.edge.http.sandbox.numbers import BEGINNING, BY_PHONE, NUMBERS, SESSION
from customers.edge.http.sandbox.serve import sandboxed
from tests.operations.conftest import LAYLA, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.tables import ROOT

MODULES = [
    "lookup.lookup",
    "lookup.preferences",
    "lookup.badge_reason",
    "lookup.summary_cached",
    "identity.identify",
    "events.record_event",
    "sessions.identify_session",
    "sessions.read_session",
]
STATUS = {"RATE_LIMITED": 429, "UPSTREAM_UNAVAILABLE": 503, "IDEMPOTENCY_IN_PROGRESS": 409}
RICH, PLAIN, BUSY = "+97410000005", "+97410000001", "+97410000409"
CHECK_IN = {"event_type": "check_in"}


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr("customers.edge.http.sandbox.serve.time.sleep", slept.append)
    return slept


@pytest.fixture
def sandbox(shop: Shop, slept: list[float]) -> Iterator[Shop]:
    """The shop on a stack with a sandbox."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SANDBOX", "true")
        for name in MODULES:
            importlib.reload(importlib.import_module(name))
        yield shop
    for name in MODULES:
        importlib.reload(importlib.import_module(name))


def path_of(phone: str, rest: str) -> str:
    return f"/customers/%2B{phone[1:]}/{rest}"


def write(shop: Shop, path: str, body: object, key: str = "k-1") -> Reply:
    return call("POST", path, "", shop.till, headers={"Idempotency-Key": key}, body=body)


@pytest.mark.parametrize("phone", [each.phone for each in NUMBERS if each.phone != "+97410001429"])
def test_each_number_answers_a_lookup_as_its_line_of_the_table_says(
    sandbox: Shop, slept: list[float], phone: str
) -> None:
    number = BY_PHONE[phone]
    reply = sandbox.lookup(f"phone=%2B{phone[1:]}")
    if number.status in STATUS:
        assert (reply.status, reply.body["error"]["code"]) == (STATUS[number.status], number.status)
        assert reply.headers["Retry-After"] == "1"
        return
    conforms(LOOKUP, reply)
    assert reply.data["status"] == number.status
    assert slept == [number.after_seconds]


def test_a_number_that_recovers_refuses_in_half_of_the_time() -> None:
    number = BY_PHONE["+97410001429"]
    start = datetime(2026, 6, 5, 9, 10, tzinfo=UTC)
    refused = [number.refuse(start + timedelta(seconds=second), False) is not None for second in range(8)]
    assert refused == [True, True, False, False] * 2


def test_money_that_expires_is_locked_for_at_most_a_minute_and_then_gone() -> None:
    build = BY_PHONE["+97410000006"].person
    assert build
    start = datetime(2026, 6, 5, 9, 10, tzinfo=UTC)
    for second in range(240):
        now = start + timedelta(seconds=second)
        locked = build(Phone("+97410000006"), "QAR", now).locked
        ends = locked.next_end(now)
        assert locked.at(now) == (2500 if second % 120 < 60 else 0)
        assert ends is None or now < ends <= now + timedelta(seconds=60)


def test_a_customer_with_nothing_yet_came_yesterday() -> None:
    build = BY_PHONE[PLAIN].person
    assert build
    made = build(Phone(PLAIN), "QAR", datetime(2026, 6, 5, 9, 10, tzinfo=UTC))
    assert made.member_since == datetime(2026, 6, 4, 8, 0, tzinfo=UTC)


def test_the_rich_customer_has_everything(sandbox: Shop) -> None:
    data = sandbox.lookup(f"phone=%2B{RICH[1:]}&include=badge_reason,preferences").data
    assert data["customer"]["badge"] == "vip"
    assert data["customer"]["balance"] == {
        "spendable_minor": 123_456_789,
        "locked_promo_minor": 3500,
        "currency": "QAR",
    }
    assert data["preferences"]["milk"] == "oat"


def test_all_reads_of_a_till_answer(sandbox: Shop) -> None:
    for operation, rest in (
        (PREFERENCES, "preferences"),
        (BADGE_REASON, "badge-reason"),
        (SUMMARY_CACHED, "summary-cached"),
    ):
        reply = call("GET", path_of(RICH, rest), "", sandbox.till)
        conforms(operation, reply)
        assert reply.data["status"] == "registered"
    tag = reply.headers["ETag"]
    again = call("GET", path_of(RICH, "summary-cached"), "", sandbox.till, headers={"If-None-Match": tag})
    assert again.status in (200, 304)  # the visits move with the clock
    reply = call("POST", "/identify", "", sandbox.till, body={"phone": PLAIN})
    conforms(IDENTIFY, reply)
    assert reply.data["customer"]["name"] == "Sandbox Customer"


def test_the_fourth_state_is_a_session_that_is_there(sandbox: Shop) -> None:
    reply = write(sandbox, "/checkout/sessions/ses_1/identify", {"phone": PLAIN})
    conforms(IDENTIFY_SESSION, reply)
    assert reply.data["status"] == "registered"
    assert reply.data["identified_at"]
    reply = call("GET", f"/checkout/sessions/{SESSION}", "", sandbox.till)
    conforms(READ_SESSION, reply)
    assert reply.data["status"] == "identified_in_session"
    assert reply.data["context"]["customer"]["phone"] == PLAIN
    assert call("GET", "/checkout/sessions/ses_other", "", sandbox.till).status == 404


def test_an_event_is_answered_and_nothing_is_stored(sandbox: Shop) -> None:
    reply = write(sandbox, path_of(PLAIN, "events"), CHECK_IN)
    conforms(RECORD_EVENT, reply)
    assert reply.status == 201
    assert write(sandbox, path_of("+97410000003", "events"), CHECK_IN).data == {"status": "not_found", "event": None}
    assert call("POST", path_of(PLAIN, "events"), "", sandbox.till, body=CHECK_IN).status == 400  # no key


def test_a_taken_key_is_a_409_of_writes_alone(sandbox: Shop) -> None:
    for path, body in ((path_of(BUSY, "events"), CHECK_IN), ("/checkout/sessions/ses_1/identify", {"phone": BUSY})):
        reply = write(sandbox, path, body)
        assert (reply.status, reply.body["error"]["code"]) == (409, "IDEMPOTENCY_IN_PROGRESS")
        assert reply.headers["Retry-After"] == "1"


def test_other_numbers_are_as_everywhere(sandbox: Shop) -> None:
    sandbox.told_of_layla()
    assert sandbox.lookup(f"phone=%2B{LAYLA[1:]}").data["status"] == "registered"
    assert sandbox.lookup("phone=%2B97410777777").data["status"] == "not_found"
    assert sandbox.lookup("provider_customer_id=pos-8841-layla").data["status"] == "registered"


def test_what_is_about_no_number_is_answered_as_everywhere() -> None:
    def answer(*_: Any) -> Answer:
        raise AssertionError

    assert sandboxed(STATS, answer) is answer


def test_without_a_sandbox_a_reserved_number_is_a_strangers(shop: Shop) -> None:
    for number in NUMBERS:
        assert shop.lookup(f"phone=%2B{number.phone[1:]}").data["status"] == "not_found"


@pytest.mark.parametrize("phone", list(BY_PHONE))
def test_no_reserved_number_can_be_anybodys(phone: str) -> None:
    assert phone.startswith(BEGINNING)
    assert normalise(phone).e164 == phone
    assert not phonenumbers.is_valid_number(phonenumbers.parse(phone))


def test_production_has_no_sandbox() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    overrides = {name: config[name]["deploy"]["parameters"]["parameter_overrides"] for name in ("prod", "staging")}
    assert "Sandbox" not in overrides["prod"]
    assert "Sandbox=true" in overrides["staging"]
