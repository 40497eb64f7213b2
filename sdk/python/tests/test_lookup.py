"""A lookup: its deadline, its retry, and who gets which answer."""

from __future__ import annotations

import gc
import threading
import time
import traceback

import pytest

from customers_till import (
    ApiError,
    DeadlineExceeded,
    NetworkError,
    RateLimited,
    Superseded,
    TokenError,
    UnexpectedAnswer,
    ValidationError,
)
from sdk.python.tests.conftest import Client, Serving
from sdk.python.tests.service import Reply, found, jwt, refusal, success, the_one_asked_for

PHONE = "+97433001122"
NOBODY = "http://127.0.0.1:9/v1/partner"


def test_a_lookup_gives_the_answer_with_its_request_id(client_of: Client, serve: Serving) -> None:
    service = serve(the_one_asked_for)
    answer = client_of(service).lookup(PHONE, include=["badge_reason", "preferences"])
    assert answer.data["customer"]
    assert (answer.data["customer"]["phone"], answer.request_id) == (PHONE, "req-1")
    assert service.seen[0].path == "/v1/partner/customers/lookup"
    assert service.seen[0].query == {"phone": PHONE, "include": "badge_reason,preferences"}
    assert service.seen[0].headers["authorization"] == "Bearer a-token"
    assert PHONE not in repr(answer)


def test_lookups_share_a_connection(client_of: Client, serve: Serving) -> None:
    service = serve(the_one_asked_for)
    client = client_of(service)
    for _ in range(5):
        client.lookup(PHONE)
    assert service.connections == 1


def test_a_newer_lookup_cancels_the_older_one_whose_answer_is_lost(client_of: Client, serve: Serving) -> None:
    arrived = threading.Event()

    def slow_for_the_first(seen: object, number: int) -> Reply:
        arrived.set()
        return Reply(found(service.seen[number - 1].query["phone"]), after=0.15 if number == 1 else 0)

    service = serve(slow_for_the_first)
    client = client_of(service)
    shown: list[str] = []
    raised: list[BaseException] = []

    def first() -> None:
        try:
            client.lookup("1111", deliver=lambda answer: shown.append("1111"))
        except Superseded as error:
            raised.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    arrived.wait(2)
    client.lookup("2222", deliver=lambda answer: shown.append("2222"))
    thread.join(2)
    time.sleep(0.2)  # the older answer would be here by now
    assert shown == ["2222"]
    assert len(raised) == 1


def test_a_newer_lookup_begins_only_once_the_older_answer_is_on_the_screen(client_of: Client, serve: Serving) -> None:
    service = serve(the_one_asked_for)
    client = client_of(service)
    shown: list[str] = []
    drawing = threading.Event()

    def draw_slowly(_answer: object) -> None:
        drawing.set()
        time.sleep(0.05)
        shown.append("1111")

    thread = threading.Thread(target=client.lookup, args=("1111",), kwargs={"deliver": draw_slowly})
    thread.start()
    drawing.wait(2)
    client.lookup("2222", deliver=lambda answer: shown.append("2222"))
    thread.join(2)
    assert shown == ["1111", "2222"]


def test_a_lookup_can_be_cancelled(client_of: Client, serve: Serving) -> None:
    service = serve(lambda seen, number: Reply(found(PHONE), after=0.2 if number == 1 else 0))
    client = client_of(service)
    threading.Timer(0.05, client.cancel_lookup).start()
    with pytest.raises(Superseded):
        client.lookup(PHONE)
    assert client.lookup(PHONE).status == 200


@pytest.mark.parametrize("reply", [Reply(hang=True), Reply(found(PHONE), trickle=0.05)], ids=["silent", "drop by drop"])
def test_the_deadline_holds_whatever_the_service_does(client_of: Client, serve: Serving, reply: Reply) -> None:
    service = serve(lambda seen, number: reply)
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        client_of(service, deadline=0.2).lookup(PHONE)
    assert 0.19 < time.monotonic() - began < 0.5
    assert len(service.seen) == 2


def test_a_lookup_whose_answer_is_dropped_asks_again_inside_the_deadline(client_of: Client, serve: Serving) -> None:
    service = serve(lambda seen, number: Reply(hang=True) if number == 1 else the_one_asked_for(seen))
    assert client_of(service, deadline=0.5).lookup(PHONE).status == 200
    assert len(service.seen) == 2


@pytest.mark.parametrize(
    "failure", [Reply(drop=True), Reply(refusal("UPSTREAM_UNAVAILABLE"), 503), Reply(text="<html>", status=502)]
)
def test_a_failure_is_retried_once(client_of: Client, serve: Serving, failure: Reply) -> None:
    service = serve(lambda seen, number: failure if number == 1 else the_one_asked_for(seen))
    assert client_of(service).lookup(PHONE).status == 200
    assert len(service.seen) == 2


def test_a_second_failure_is_the_lookups(client_of: Client, serve: Serving) -> None:
    service = serve(lambda seen, number: Reply(text="<html>", status=502, headers={"X-Request-Id": "at-the-edge"}))
    with pytest.raises(UnexpectedAnswer) as raised:
        client_of(service).lookup(PHONE)
    assert raised.value.request_id == "at-the-edge"
    assert len(service.seen) == 2
    with pytest.raises(NetworkError):
        client_of(NOBODY).lookup(PHONE)


def test_a_retry_after_the_deadline_ends_the_lookup_at_once(client_of: Client, serve: Serving) -> None:
    service = serve(lambda seen, number: Reply(refusal("RATE_LIMITED"), 429, {"Retry-After": "1"}))
    began = time.monotonic()
    with pytest.raises(RateLimited) as raised:
        client_of(service).lookup(PHONE)
    assert raised.value.retry_after == 1
    assert time.monotonic() - began < 0.4
    assert len(service.seen) == 1


def test_a_retry_waits_as_long_as_the_service_says(client_of: Client, serve: Serving) -> None:
    refused = Reply(refusal("UPSTREAM_UNAVAILABLE"), 503, {"Retry-After": "1"})
    service = serve(lambda seen, number: refused if number == 1 else the_one_asked_for(seen))
    began = time.monotonic()
    client_of(service, deadline=1.6).lookup(PHONE)
    assert time.monotonic() - began >= 0.99
    assert len(service.seen) == 2


def test_a_refusal_is_a_type_with_code_request_id_and_details(client_of: Client, serve: Serving) -> None:
    service = serve(lambda seen, number: Reply(refusal("VALIDATION_ERROR", "req-9"), 400))
    with pytest.raises(ValidationError) as raised:
        client_of(service).lookup(PHONE)
    error = raised.value
    assert (error.status, error.code, error.request_id) == (400, "VALIDATION_ERROR", "req-9")
    assert error.details == [{"field": "phone", "issue": "is wrong"}]
    assert "req-9" in str(error)
    assert len(service.seen) == 1


def test_a_code_of_the_future_is_an_api_error(client_of: Client, serve: Serving) -> None:
    service = serve(lambda seen, number: Reply(refusal("TEAPOT"), 418))
    with pytest.raises(ApiError) as raised:
        client_of(service).lookup(PHONE)
    assert raised.value.code == "TEAPOT"


def test_no_error_shows_the_phone(client_of: Client) -> None:
    with pytest.raises(NetworkError) as raised:
        client_of(NOBODY).lookup(PHONE)
    assert "33001122" not in "".join(traceback.format_exception(raised.value))


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_ones(client_of: Client, serve: Serving) -> None:
    service = serve(lambda seen, number: Reply(found(seen.query["phone"]), twice=number == 1))
    client = client_of(service)
    client.lookup("1111")
    time.sleep(0.05)  # the second copy is on its way
    assert client.lookup("2222").data["customer"]["phone"] == "2222"  # type: ignore[index]
    assert service.connections == 2


def test_one_token_serves_until_it_is_refused_and_is_then_renewed_once(client_of: Client, serve: Serving) -> None:
    def answer(seen: object, number: int) -> Reply:
        used = service.seen[number - 1].headers["authorization"]
        return Reply(refusal("INVALID_API_KEY"), 401) if used == "Bearer t1" else Reply(found(PHONE))

    service = serve(answer)
    tokens = iter(["t1", "t2", "t3"])
    client = client_of(service, lambda: next(tokens))
    client.lookup(PHONE)
    client.lookup(PHONE)
    assert [each.headers["authorization"] for each in service.seen] == ["Bearer t1", "Bearer t2", "Bearer t2"]


def test_a_token_that_ends_soon_is_renewed_beside_the_lookup(client_of: Client, serve: Serving) -> None:
    service = serve(the_one_asked_for)
    renewed = threading.Event()
    tokens = iter([jwt(iat=time.time() - 60, exp=time.time() + 30), "next"])

    def ask() -> str:
        token = next(tokens)
        if token == "next":
            renewed.set()
        return token

    client = client_of(service, ask)
    client.lookup(PHONE)
    client.lookup(PHONE)
    assert renewed.wait(2)
    used = ""
    while used != "Bearer next":
        client.lookup(PHONE)
        used = service.seen[-1].headers["authorization"]
    assert service.seen[1].headers["authorization"] == service.seen[0].headers["authorization"]


def test_a_till_whose_clock_is_far_ahead_does_not_ask_for_a_token_each_time(client_of: Client, serve: Serving) -> None:
    service, asked = serve(the_one_asked_for), []

    def ask() -> str:
        asked.append(1)
        return jwt(iat=time.time() - 86_400, exp=time.time() - 82_800)

    client = client_of(service, ask)
    client.lookup(PHONE)
    client.lookup(PHONE)
    assert len(asked) == 1


def test_a_token_callback_that_fails_is_an_error_of_its_own(client_of: Client, serve: Serving) -> None:
    service = serve(the_one_asked_for)

    def fail() -> str:
        raise OSError("vault")

    for ask in (fail, lambda: ""):
        with pytest.raises(TokenError):
            client_of(service, ask).lookup(PHONE)
    assert service.seen == []


def test_a_token_callback_that_never_ends_does_not_outlast_the_deadline(client_of: Client, serve: Serving) -> None:
    service, never = serve(the_one_asked_for), threading.Event()
    with pytest.raises(DeadlineExceeded):
        client_of(service, lambda: str(never.wait(5)), deadline=0.1).lookup(PHONE)
    never.set()


def test_connections_that_are_too_many_to_keep_are_closed(client_of: Client, serve: Serving) -> None:
    arrived = threading.Barrier(6)

    def together(_seen: object, _number: int) -> Reply:
        arrived.wait(5)
        return Reply(success({}))

    client = client_of(serve(together))
    threads = [threading.Thread(target=client.read_session, args=("ses_1",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()  # an unclosed socket is an error here
