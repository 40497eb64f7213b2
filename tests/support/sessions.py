"""Checkout sessions at a till: opened, identified, read, each answer held to its page."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.identity import IDENTIFY
from customers.catalogue.sessions import IDENTIFY_SESSION, OPEN_SESSION, READ_SESSION
from customers.edge.auth.principal import Principal
from tests.operations.conftest import LAYLA, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import stored

SCAN = {"event_type": "loyalty_card_scan", "attributes": {"card_id": "card-8841"}}
OMAR = "+97466005566"
SOME_ID = "ses_7b1f0c5e9d2a4e6fb3c8a1d0e5f49627"
"""Of no session."""
_keys = itertools.count(1)


def field_of(reply: Reply) -> str:
    """The one field that a validation error names."""
    assert (reply.status, reply.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    (detail,) = reply.body["error"]["details"]
    field: str = detail["field"]
    return field


def till_of(shop: Shop, branch: str = "branch-1") -> Principal:
    """Its token outlives the receipts, so that the clock may be moved."""
    return replace(shop.till, branch=branch, expires_at=datetime.now(UTC) + timedelta(days=30))


def tell(shop: Shop, body: object = None, principal: Principal | None = None) -> Reply:
    """Identify without a session: Layla by default."""
    told = {"phone": LAYLA} if body is None else body
    reply = call("POST", "/identify", "", principal or till_of(shop), body=told)
    conforms(IDENTIFY, reply)
    return reply


def open_session(
    shop: Shop, body: object = None, *, key: str | None = None, principal: Principal | None = None
) -> Reply:
    """Under a new key by default."""
    headers = {"Idempotency-Key": key or f"open-{next(_keys)}"}
    reply = call("POST", "/checkout/sessions", "", principal or till_of(shop), headers=headers, body=body)
    conforms(OPEN_SESSION, reply)
    return reply


def opened(shop: Shop, body: object = None) -> str:
    """The id of a session that was opened just now."""
    session_id: str = open_session(shop, body).data["session_id"]
    return session_id


def identify(
    shop: Shop, session_id: str, body: object = None, *, key: str | None = None, principal: Principal | None = None
) -> Reply:
    """As Layla and under a new key by default."""
    headers = {"Idempotency-Key": key or f"identify-{next(_keys)}"}
    told = {"phone": LAYLA} if body is None else body
    path = f"/checkout/sessions/{session_id}/identify"
    reply = call("POST", path, "", principal or till_of(shop), headers=headers, body=told)
    conforms(IDENTIFY_SESSION, reply)
    return reply


def read(shop: Shop, session_id: str, principal: Principal | None = None) -> Reply:
    reply = call("GET", f"/checkout/sessions/{session_id}", "", principal or till_of(shop))
    conforms(READ_SESSION, reply)
    return reply


def row_of(tables: DynamoDBClient, shop: Shop) -> dict[str, Any]:
    """The only session of the shop as it is stored."""
    (row,) = stored(tables, shop.enterprise)["SessionsTable"]
    return row
