"""Each flow from its beginning to what follows from it: derived data, published events, a sealed erasure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from mypy_boto3_dynamodb import DynamoDBClient

from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.support.capacity.meter import Bill, metered
from tests.support.http.gateway import call
from tests.support.recording import CHECK_IN, id_of
from tests.support.stats.streams import record

Rows = dict[str, Any]
TABLES = ("CustomersTable", "RecordsTable")


def bills(tables: DynamoDBClient) -> Mapping[str, Bill]:
    """What one of each costs, for a customer with everything that one can have."""
    return {name: _one(tables, flow) for name, flow in FLOWS.items()}


def _one(tables: DynamoDBClient, flow: Callable[[Shop, DynamoDBClient], None]) -> Bill:
    shop = Shop(str(uuid.uuid4()))
    shop.opened()
    shop.told_of_layla()
    list(_follow(tables, shop, {}))
    before = _rows(tables, shop)
    with metered() as bill:
        flow(shop, tables)
    for followed in _follow(tables, shop, before):
        bill.read += followed.read
        bill.written += followed.written
        bill.requests += followed.requests
    return bill


def _lookup(shop: Shop, _tables: DynamoDBClient) -> None:
    assert shop.lookup(f"phone={quote(LAYLA)}").status == 200


def _purchase(shop: Shop, _tables: DynamoDBClient) -> None:
    """On the day of her last visit: on another day the badge days are one or two rows more, as the calendar has it."""
    at = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    more = {"amount_minor": 4500, "branch_id": "branch-1", "occurred_at": at, **MONEY}
    shop.told("purchase.completed", LAYLA, purchase_id="p2", **more)


def _event(shop: Shop, _tables: DynamoDBClient) -> None:
    headers = {"Idempotency-Key": "one", "Content-Type": "application/json"}
    path = f"/customers/{quote(LAYLA, safe='')}/events"
    assert call("POST", path, "", shop.till, headers=headers, body=CHECK_IN).status == 201


def _erasure(shop: Shop, tables: DynamoDBClient) -> None:
    """The request and its sweeps of the tables. Files and refused facts are elsewhere."""
    import importlib

    customer = id_of(tables, shop)
    shop.told("balance.settled", LAYLA, amount_minor=12500, **MONEY)
    headers = {"Idempotency-Key": "one"}
    reply = call("DELETE", f"/customers/{customer}", "", shop.admin("customer:DELETE"), headers=headers)
    assert reply.status == 200, reply.body
    given = {"enterprise_id": shop.enterprise, "customer_id": customer, "erasure_id": reply.data["erasure_id"]}
    for name in ("sweep_history", "sweep_copies"):
        handler = importlib.import_module(f"gdpr.{name}").handler
        while handler({**given, "outcome": reply.data["outcome"]}, None)["outcome"] != "swept":
            continue


FLOWS: dict[str, Callable[[Shop, DynamoDBClient], None]] = {
    "lookup": _lookup,
    "purchase": _purchase,
    "event": _event,
    "erasure": _erasure,
}


def _rows(tables: DynamoDBClient, shop: Shop) -> Rows:
    found = {}
    for table in TABLES:
        for page in tables.get_paginator("scan").paginate(TableName=table):
            for row in page["Items"]:
                if row["pk"]["S"].split("#")[0] == shop.enterprise:
                    found[json.dumps([table, row["pk"]["S"], row.get("sk", {}).get("S", "")])] = row
    return found


def _changes(before: Rows, after: Rows) -> list[tuple[str, Any]]:
    every = sorted(before.keys() | after.keys())
    return [
        (json.loads(key)[0], record(json.loads(key)[0], before.get(key), after.get(key)))
        for key in every
        if before.get(key) != after.get(key)
    ]


def _follow(tables: DynamoDBClient, shop: Shop, before: Rows) -> Iterator[Bill]:
    """What the streams' functions do about the changes, with the filters of the template; then about those changes."""
    from events.derive import handler as derive
    from events.publish_outbox import handler as publish

    # The rows are read outside of what is metered: AWS hands them over.
    while records := _changes(before, now := _rows(tables, shop)):
        counted = [each for table, each in records if table == "CustomersTable" or _uncounted(each)]
        outbox = [
            each for table, each in records if each["eventName"] == "INSERT" and _sort_key(each).startswith("outbox#")
        ]
        with metered() as bill:
            for handler, given in ((derive, counted), (publish, outbox)):
                if given:
                    handler({"Records": given}, None)
        yield bill
        before = now


def _uncounted(each: Any) -> bool:
    return bool(each["dynamodb"].get("NewImage", {}).get("uncounted") == {"BOOL": True})


def _sort_key(each: Any) -> str:
    return str(each["dynamodb"]["Keys"].get("sk", {}).get("S", ""))
