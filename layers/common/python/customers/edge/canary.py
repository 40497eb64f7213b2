"""The canary: a lookup of a made-up customer, and a request without a token, each as a till would notice a failure."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from customers.domain.enterprise import Settings
from customers.edge.auth.principal import Principal
from customers.edge.log import describe, log_done, logger

Event = Mapping[str, Any]
ENTERPRISE = "canary"
"""No enterprise has this id."""
PHONE = "+97410000000"
"""Nobody can have this number."""
TIMEOUT = 8.0


class Unhealthy(Exception):  # noqa: N818 - what the canary reports
    """An answer that no till should get. The text says which check failed, and the status."""


def watching(
    operation: str, look_up: Callable[[Event], Mapping[str, Any]], api: str
) -> Callable[[object, object], None]:
    """A Lambda handler for a schedule. A failed check is logged and counted, and never raised: nobody retries it."""

    def handler(_event: object, _context: object) -> None:
        started, failed = time.perf_counter(), 0
        checks: list[Callable[[], None]] = [partial(_lookup, look_up), partial(_refusal, api)]
        for check in checks:
            try:
                check()
            except Exception as error:  # noqa: BLE001 - each check is made
                failed += 1
                said = {"seen": str(error)} if isinstance(error, Unhealthy) else {}
                logger.warning("failed", extra={"operation": operation, **said, **describe(error)})
        log_done("checked", operation, failed, started)

    return handler


def _lookup(look_up: Callable[[Event], Mapping[str, Any]]) -> None:
    """From the function to the table and back."""
    answer = look_up(lookup_event(datetime.now(UTC)))
    if answer.get("statusCode") != 200 or json.loads(answer["body"])["data"]["status"] != "not_found":
        raise Unhealthy(f"lookup: {answer.get('statusCode', 'no answer')}")


def lookup_event(now: datetime) -> Event:
    """What the gateway gives to lookup's function, for a terminal of an enterprise that does not exist."""
    who = Principal(
        "pos-terminal",
        "canary",
        "canary",
        "canary",
        ENTERPRISE,
        "canary",
        "canary",
        frozenset(),
        now + timedelta(minutes=1),
        Settings("canary", "QAR", "QA"),
    )
    return {
        "multiValueQueryStringParameters": {"phone": [PHONE]},
        "multiValueHeaders": {},
        "pathParameters": None,
        "requestContext": {"requestId": "canary", "authorizer": who.context()},
        "body": None,
    }


def _refusal(api: str) -> None:
    """Through the gateway: without a token it answers 401, in the envelope."""
    request = urllib.request.Request(f"{api}/customers/lookup", headers={"User-Agent": "customers-canary"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - the API's own address
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    if status != 401 or json.loads(body)["error"]["code"] != "INVALID_API_KEY":
        raise Unhealthy(f"gateway: {status}")
