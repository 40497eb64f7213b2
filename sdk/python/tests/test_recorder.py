"""Sending: in order, once, under each entry's own key."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from customers_till import (
    DeadlineExceeded,
    Forbidden,
    IdempotencyKeyReused,
    Journal,
    RateLimited,
    Recorder,
)
from customers_till.types import EventBody
from sdk.python.tests.conftest import Client, Serving
from sdk.python.tests.service import Reply, Seen, refusal, success

EVENT: EventBody = {"event_type": "check_in", "attributes": {"source": "kiosk"}}


@pytest.fixture
def journal(folder: Path) -> Journal:
    return Journal(folder / "journal")


def recorded(_seen: Seen, _number: int) -> Reply:
    return Reply(success({"status": "registered", "event": {}}), 201)


def test_what_was_recorded_is_sent_in_order_each_under_its_own_key(
    serve: Serving, client_of: Client, journal: Journal
) -> None:
    service = serve(recorded)
    seen = []
    recorder = Recorder(client_of(service), journal, on_sent=lambda entry, answer: seen.append(entry.phone))
    entries = [recorder.record(phone, EVENT) for phone in ("+9741", "+9742", "+9743")]
    flushed = recorder.flush()
    assert (flushed.sent, flushed.held, flushed.waiting, flushed.stopped) == (3, 0, 0, None)
    assert [each.path for each in service.seen] == [f"/v1/partner/customers/{each.phone}/events" for each in entries]
    assert [each.headers["idempotency-key"] for each in service.seen] == [each.key for each in entries]
    assert service.seen[0].body["attributes"] == {"source": "kiosk"}
    assert service.seen[0].body["occurred_at"].endswith("Z")
    assert seen == ["+9741", "+9742", "+9743"]
    assert recorder.flush().sent == 0


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_that_passes_is_retried_under_the_same_key_after_the_time_it_names(
    serve: Serving, client_of: Client, journal: Journal, status: int
) -> None:
    code = "RATE_LIMITED" if status == 429 else "UPSTREAM_UNAVAILABLE"
    refused = Reply(refusal(code), status, {"Retry-After": "1"})
    service = serve(lambda seen, number: refused if number == 1 else recorded(seen, number))
    recorder = Recorder(client_of(service), journal)
    recorder.record("+9741", EVENT)
    began = time.monotonic()
    assert recorder.flush().sent == 1
    assert time.monotonic() - began >= 0.99
    assert len({each.headers["idempotency-key"] for each in service.seen}) == 1
    assert service.seen[0].body == service.seen[1].body


def test_a_lost_answer_is_asked_for_under_the_same_key(serve: Serving, client_of: Client, journal: Journal) -> None:
    service = serve(lambda seen, number: Reply(drop=True) if number == 1 else recorded(seen, number))
    recorder = Recorder(client_of(service), journal)
    recorder.record("+9741", EVENT)
    assert recorder.flush().sent == 1
    assert len({each.headers["idempotency-key"] for each in service.seen}) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(refusal("FORBIDDEN"), 403), Forbidden),
        (Reply(refusal("RATE_LIMITED"), 429, {"Retry-After": "60"}), RateLimited),
        (Reply(drop=True), DeadlineExceeded),
    ],
)
def test_what_may_pass_later_stops_the_flush_and_keeps_the_order(
    serve: Serving, client_of: Client, journal: Journal, reply: Reply, error: type[Exception]
) -> None:
    service = serve(lambda seen, number: reply if broken else recorded(seen, number))
    broken = True
    recorder = Recorder(client_of(service), journal)
    keys = [recorder.record(phone, EVENT).key for phone in ("+9741", "+9742")]
    flushed = recorder.flush(deadline=0.5)
    assert isinstance(flushed.stopped, error)
    assert (flushed.sent, flushed.held, flushed.waiting) == (0, 0, 2)
    service.seen.clear()
    broken = False
    assert recorder.flush().sent == 2
    assert [each.headers["idempotency-key"] for each in service.seen] == keys


def test_what_can_never_pass_is_held_with_its_reason_and_stops_nothing(
    serve: Serving, client_of: Client, journal: Journal
) -> None:
    refused = Reply(refusal("VALIDATION_ERROR", "req-7"), 400)
    service = serve(lambda seen, number: refused if number == 1 else recorded(seen, number))
    recorder = Recorder(client_of(service), journal)
    recorder.record("+9741", EVENT)
    recorder.record("+9742", EVENT)
    flushed = recorder.flush()
    assert (flushed.sent, flushed.held, flushed.waiting, flushed.stopped) == (1, 1, 0, None)
    held = journal.held[0]
    assert (held.phone, held.held, held.request_id) == ("+9741", "refused", "req-7")
    assert recorder.flush().sent == 0
    journal.release(held)
    assert recorder.flush().sent == 1
    assert service.seen[0].headers["idempotency-key"] != service.seen[2].headers["idempotency-key"]


def test_a_key_in_progress_is_waited_for(serve: Serving, client_of: Client) -> None:
    busy = Reply(refusal("IDEMPOTENCY_IN_PROGRESS"), 409, {"Retry-After": "1"})
    service = serve(lambda seen, number: busy if number == 1 else recorded(seen, number))
    assert client_of(service).record_event("+9741", EVENT, key="k").status == 201


def test_a_key_of_another_request_is_an_error_at_once(serve: Serving, client_of: Client) -> None:
    service = serve(lambda seen, number: Reply(refusal("IDEMPOTENCY_KEY_REUSED"), 422))
    with pytest.raises(IdempotencyKeyReused):
        client_of(service).record_event("+9741", EVENT, key="k")
    assert len(service.seen) == 1


def test_the_other_writes_and_reads_have_their_paths(serve: Serving, client_of: Client) -> None:
    service = serve(lambda seen, number: Reply(success({}), 200))
    client = client_of(service)
    client.identify(provider_customer_id="pos-1")
    client.open_session("basket-1", [EVENT], key="k1")
    client.open_session()
    client.identify_session("ses_1", "+9741", key="k2")
    client.read_session("ses_1")
    assert [(each.method, each.path) for each in service.seen] == [
        ("POST", "/v1/partner/identify"),
        ("POST", "/v1/partner/checkout/sessions"),
        ("POST", "/v1/partner/checkout/sessions"),
        ("POST", "/v1/partner/checkout/sessions/ses_1/identify"),
        ("GET", "/v1/partner/checkout/sessions/ses_1"),
    ]
    assert [each.body for each in service.seen] == [
        {"provider_customer_id": "pos-1"},
        {"basket_reference": "basket-1", "events": [EVENT]},
        {},
        {"phone": "+9741"},
        None,
    ]
    assert [each.headers.get("idempotency-key") for each in service.seen][1::2] == ["k1", "k2"]
