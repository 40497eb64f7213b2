"""The canary: what a till would notice it counts and logs, and it never raises."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from customers.catalogue.till.lookup import LOOKUP
from customers.edge.canary import ENTERPRISE, PHONE, lookup_event, watching
from customers.edge.http.serve import Answer, serve

REFUSED = {"error": {"code": "INVALID_API_KEY"}}
STRANGER = {"statusCode": 200, "body": json.dumps({"data": {"status": "not_found"}})}


class Gateway:
    """Answers every request alike."""

    def __init__(self) -> None:
        self.status, self.body = 401, json.dumps(REFUSED)


@pytest.fixture
def gateway() -> Iterator[tuple[Gateway, str]]:
    said = Gateway()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(said.status)
            self.end_headers()
            self.wfile.write(said.body.encode())

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield said, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def check(api: str, answer: Mapping[str, Any] | Exception, log: io.StringIO) -> list[dict[str, Any]]:
    """One minute of the canary; its lines."""

    def look_up(_event: Mapping[str, Any]) -> Mapping[str, Any]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    watching("canary", look_up, api)({}, None)
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_all_is_well(gateway: tuple[Gateway, str], log: io.StringIO) -> None:
    (line,) = check(gateway[1], STRANGER, log)
    assert (line["operation"], line["failed"]) == ("canary", 0)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"statusCode": 503, "body": "{}"}, "lookup: 503"),
        ({"errorMessage": "crashed"}, "lookup: no answer"),
        ({"statusCode": 200, "body": json.dumps({"data": {"status": "registered"}})}, "lookup: 200"),
        (TimeoutError(), None),
    ],
)
def test_a_lookup_that_fails_counts(
    gateway: tuple[Gateway, str], log: io.StringIO, answer: Mapping[str, Any] | Exception, seen: str | None
) -> None:
    failed, line = check(gateway[1], answer, log)
    assert (failed.get("seen"), line["failed"]) == (seen, 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, "{}"), (500, "{}"), (401, json.dumps({"error": {"code": "NOT_FOUND"}})), (403, json.dumps(REFUSED))],
)
def test_a_gateway_that_does_not_refuse_as_it_should_counts(
    gateway: tuple[Gateway, str], log: io.StringIO, status: int, body: str
) -> None:
    gateway[0].status, gateway[0].body = status, body
    failed, line = check(gateway[1], STRANGER, log)
    assert (failed["seen"], line["failed"]) == (f"gateway: {status}", 1)


def test_a_gateway_that_does_not_answer_counts(log: io.StringIO) -> None:
    assert check("http://127.0.0.1:9", STRANGER, log)[-1]["failed"] == 1


def test_the_real_function_answers_its_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """As lookup's function reads what the gateway gives it."""
    monkeypatch.setenv("MOUNTED", "beta")
    seen: list[Any] = []

    def handle(call: Any) -> Answer:
        seen.append((call.enterprise, call.request.address.e164))
        return Answer({"status": "not_found"})

    answer = serve(LOOKUP, handle)(lookup_event(datetime.now(UTC)), None)
    assert answer["statusCode"] == 200
    assert seen == [(ENTERPRISE, PHONE)]
