"""GET /changes, through the template's route and the template's tables."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.changes import CHANGES
from customers.store.events.feed import Feed
from customers.store.events.feed_rows import BUCKETS, bucket_of
from customers.wire.events.published import published_schemas
from tests.operations.conftest import LAYLA, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import CHECK_IN


def read(shop: Shop, query: str = "") -> Reply:
    reply = call("GET", "/changes", query, shop.admin("events:READ"))
    conforms(CHANGES, reply)
    return reply


def check_in(shop: Shop, tables: DynamoDBClient, key: str) -> str:
    """Record an event, and move it into the feed as a publisher does. Its id."""
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    path = f"/customers/{LAYLA.replace('+', '%2B')}/events"
    reply = call("POST", path, "", shop.till, headers=headers, body=CHECK_IN)
    assert reply.status == 201
    rows = tables.scan(TableName="RecordsTable")["Items"]
    mine = [row for row in rows if shop.enterprise in row["pk"]["S"] and row["sk"]["S"].startswith("outbox#")]
    Feed.connect().take(shop.enterprise, bucket_of(mine[0]["pk"]["S"].split("#")[1]), mine)
    event_id: str = reply.data["event"]["event_id"]
    return event_id


@pytest.fixture
def opened(shop: Shop) -> Shop:
    shop.opened()
    shop.told_of_layla()
    return shop


def test_what_is_published_is_read_with_its_schema_and_names_nobody(opened: Shop, tables: DynamoDBClient) -> None:
    event_id = check_in(opened, tables, "one")
    reply = read(opened)
    (entry,) = [each for each in reply.data["events"] if each["type"] == "customer.event_recorded"]
    assert entry["detail"]["event_id"] == event_id
    schema: dict[str, Any] = published_schemas()["customer.event_recorded"]
    assert entry["detail"].keys() == schema["properties"].keys()
    assert not [planted for planted in ("Layla", "33001122") if planted in json.dumps(reply.body)]


def test_a_cursor_of_an_empty_page_finds_what_comes_after_it(opened: Shop, tables: DynamoDBClient) -> None:
    empty = read(opened).data
    assert (empty["events"], empty["more"]) == ([], False)
    assert 90 <= empty["lag_seconds"] <= 91
    event_id = check_in(opened, tables, "one")
    following = read(opened, f"cursor={empty['next_cursor']}").data
    assert [each["detail"]["event_id"] for each in following["events"]] == [event_id]
    again = read(opened, f"cursor={following['next_cursor']}&limit=10").data
    assert again["events"] == []


def test_a_cursor_of_another_enterprise_is_none(opened: Shop, tables: DynamoDBClient) -> None:
    cursor = read(opened).data["next_cursor"]
    other = Shop(f"{opened.enterprise}-2")
    reply = call("GET", "/changes", f"cursor={cursor}", other.admin("events:READ"))
    assert (reply.status, reply.body["error"]["details"][0]["field"]) == (400, "cursor")


def test_the_requests_are_those_of_the_budget(opened: Shop, tables: DynamoDBClient, requests: list[str]) -> None:
    check_in(opened, tables, "one")
    requests.clear()
    assert read(opened).data["events"]
    assert len(requests) == 3
    # One is the activity log's, one is of the last numbers.
    assert CHANGES.budget == len(BUCKETS) + 2
