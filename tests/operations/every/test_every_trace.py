"""A request that writes leaves a trace under its id: every row that it changed, and nothing that names a person."""

from __future__ import annotations

import re
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.operation import Operation
from tests.operations.conftest import Shop
from tests.operations.every.test_every_write import WRITING, asked
from tests.support.http.traces import traced
from tests.support.recording import stored

pytestmark = pytest.mark.parametrize("operation", WRITING, ids=lambda each: each.name)
OUTSIDE = re.compile(r"[+]\d{6,}|key-1|Layla|Omar|order-|pos-")


def rows(tables: DynamoDBClient, shop: Shop) -> dict[tuple[str, str, str], Any]:
    """All but traces, by table and key."""
    return {
        (table.removesuffix("Table").lower(), row["pk"]["S"], row.get("sk", {"S": ""})["S"]): row
        for table, found in stored(tables, shop.enterprise).items()
        for row in found
        if not row.get("sk", {"S": ""})["S"].startswith("trace#")
    }


def test_it_has_every_row_that_was_changed_and_names_nobody(
    operation: Operation[Any], shop: Shop, tables: DynamoDBClient
) -> None:
    write = asked(operation, shop, tables)[0]
    before = rows(tables, shop)
    reply = write.send("key-1")
    after = rows(tables, shop)
    changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    wrote = traced(tables, shop, reply)
    assert changed
    # What changed is in the trace as often as it is in the tables; a row that is removed where there is none does not.
    left = [each.table for each in wrote]
    for table, *_ in changed:
        left.remove(table)
    assert {each.action for each in wrote if each.table in left} <= {"put", "update", "delete"}
    assert not OUTSIDE.search("\n".join(map(str, wrote)))
    assert shop.enterprise not in "\n".join(map(str, wrote))


def test_it_has_the_keys_and_the_types_of_what_is_published(
    operation: Operation[Any], shop: Shop, tables: DynamoDBClient
) -> None:
    reply = asked(operation, shop, tables)[0].send("key-1")
    waiting = {
        f"{pk.removeprefix(f'{shop.enterprise}#')}#{sk} {row['type']['S']}"
        for (_, pk, sk), row in rows(tables, shop).items()
        if sk.startswith("outbox#") and row["type"]["S"] != "customer.badge_changed"
    }
    told = {f"{each.key} {each.type}" for each in traced(tables, shop, reply) if "#outbox#" in each.key}
    assert told <= waiting
    assert told or operation.name in ("open_session", "identify_session", "not_the_same")


def test_a_repetition_and_a_refusal_write_nothing(
    operation: Operation[Any], shop: Shop, tables: DynamoDBClient
) -> None:
    write = asked(operation, shop, tables)[0]
    write.send("key-1")
    assert traced(tables, shop, write.send("key-1")) == []
    assert traced(tables, shop, write.send(None)) == []
