"""Events recorded at a till, and what has been stored of them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.events import RECORD_EVENT
from customers.domain.identifiers.phone import Phone
from customers.edge.auth.principal import Principal
from customers.store.customers.keys import customer_key
from tests.operations.conftest import LAYLA, Shop
from tests.support.dynamodb import in_memory
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms

CHECK_IN = {
    "event_type": "check_in",
    "attributes": {"source": "loyalty_card_scan", "note": "Walked in, browsed, did not buy"},
}
_keys = itertools.count(1)


def record(
    shop: Shop,
    body: object = None,
    *,
    key: str | list[str] | None = None,
    phone: str = LAYLA,
    principal: Principal | None = None,
) -> Reply:
    """Record an event, by default a check-in under a new key."""
    headers: dict[str, Any] = {"idempotency-key": key or f"key-{next(_keys)}", "Content-Type": "application/json"}
    path = f"/customers/{quote(phone, safe='')}/events"
    told = CHECK_IN if body is None else body
    # Its token outlives the receipts, so that the clock may be moved.
    till = replace(shop.till, expires_at=datetime.now(UTC) + timedelta(days=30))
    reply = call("POST", path, "", principal or till, headers=headers, body=told)
    conforms(RECORD_EVENT, reply)
    return reply


TABLES = ("CustomersTable", "RecordsTable", "ReceiptsTable", "SessionsTable", "DerivedTable", "VerificationsTable")


def stored(_tables: DynamoDBClient, *enterprises: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of some enterprises, by table."""
    return {table: in_memory.rows_of(table, *enterprises) for table in TABLES}


def answers(tables: DynamoDBClient, *enterprises: str) -> list[dict[str, Any]]:
    """Stored answers. Their table also has the rows that lead to copies of a customer's data."""
    return [row for row in stored(tables, *enterprises)["ReceiptsTable"] if "answer" in row]


def events(tables: DynamoDBClient, shop: Shop) -> list[dict[str, Any]]:
    """The rows of recorded events."""
    rows = stored(tables, shop.enterprise)["RecordsTable"]
    return [row for row in rows if row.get("type", {"S": ""})["S"].startswith("event.")]


def outbox(tables: DynamoDBClient, shop: Shop) -> list[dict[str, Any]]:
    return [row for row in stored(tables, shop.enterprise)["RecordsTable"] if row["sk"]["S"].startswith("outbox#")]


def forget(_tables: DynamoDBClient, *enterprises: str) -> None:
    """Remove their rows."""
    for table in TABLES:
        in_memory.forget(table, *enterprises)


def id_of(tables: DynamoDBClient, shop: Shop, phone: str = LAYLA) -> str:
    row = tables.get_item(TableName="CustomersTable", Key=customer_key(shop.enterprise, Phone(phone)))["Item"]
    return row["customer_id"]["S"]
