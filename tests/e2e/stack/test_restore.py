"""A restore, rehearsed step by step as the runbook has it: old rows, facts since then, people erased since then."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from admin.restore.restore_rows import RESTORED
from tests.e2e.conftest import Admin, Enterprise, eventually

LAYLA, OMAR = "+97433001122", "+97466005566"
MONEY = {"currency": "QAR"}


def test_a_restore_brings_back_what_was_keeps_what_came_since_and_forgets_who_was_erased(
    stack: dict[str, Any], aws: Callable[[str], Any], admin: Admin
) -> None:
    shop = Enterprise(stack).open()
    for phone in (LAYLA, OMAR):
        shop.publish("customer.registered", phone, name="Somebody")
    shop.publish("balance.topped_up", LAYLA, amount_minor=1000, **MONEY)
    eventually(lambda: _balance(shop, LAYLA) == 1000 and _balance(shop, OMAR) == 0)
    eventually(lambda: admin("audit", "--enterprise", shop.id)[0] == 0)
    prefix = f"before-{uuid.uuid4().hex[:6]}"
    for role in RESTORED:
        _copy(aws("dynamodb"), stack["tables"][role], f"{prefix}-{role}")

    # Since then: a fact, and an erasure. Then the accident.
    since = {"fact_id": "since", "amount_minor": 500, **MONEY}
    shop.publish("balance.topped_up", LAYLA, **since)
    eventually(lambda: _balance(shop, LAYLA) == 1500)
    (erased,) = _rows(aws("dynamodb"), stack["tables"]["customers"], f"{shop.id}#{OMAR}")
    receipt = _erase(shop, erased["customer_id"]["S"])
    eventually(lambda: admin("receipt", "--enterprise", shop.id, "--erasure", receipt, "--wait", "100")[0] == 0)
    (row,) = _rows(aws("dynamodb"), stack["tables"]["customers"], f"{shop.id}#{LAYLA}")
    aws("dynamodb").delete_item(TableName=stack["tables"]["customers"], Key={"pk": row["pk"]})
    assert _balance(shop, LAYLA) is None

    assert admin("stop-consumers", "--wait", "120")[0] == 0
    # The bus goes on: this waits in the queue.
    shop.publish("balance.topped_up", LAYLA, amount_minor=7, **MONEY)
    code, told = admin("restore-rows", "--prefix", prefix)
    assert code == 0, told
    assert _balance(shop, OMAR) == 0, "the copy has whom it had"
    assert admin("start-consumers")[0] == 0
    assert admin("replay-erasures")[0] == 0
    eventually(lambda: "Started: 0; already running: 0" in admin("resume-erasures")[1])
    shop.publish("balance.topped_up", LAYLA, **since)

    eventually(lambda: _balance(shop, LAYLA) == 1507)
    eventually(lambda: _balance(shop, OMAR) is None)
    eventually(lambda: admin("audit", "--enterprise", shop.id)[0] == 0)
    again = admin("restore-rows", "--prefix", prefix)
    assert again[0] == 1
    assert "still consume" in again[1]


def _balance(shop: Enterprise, phone: str) -> int | None:
    """What may be spent, in minor units; None for somebody who is not known."""
    data = shop.get(f"/customers/lookup?phone={quote(phone)}").json()["data"]
    return int(data["customer"]["balance"]["spendable_minor"]) if data["status"] != "not_found" else None


def _erase(shop: Enterprise, customer_id: str) -> str:
    """The id of the erasure."""
    headers = {"Idempotency-Key": uuid.uuid4().hex, "Audit-Reason": "ticket 1"}
    answer = shop.send("DELETE", f"/customers/{customer_id}", shop.admin("customer:DELETE"), headers)
    assert answer.status_code in (200, 202), answer.text
    erasure = re.search(r"era_\w+", json.dumps(answer.json()))
    assert erasure
    return erasure[0]


def _rows(tables: Any, table: str, pk: str) -> list[dict[str, Any]]:
    query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": pk}}}
    rows: list[dict[str, Any]] = tables.query(TableName=table, **query)["Items"]
    return rows


def _copy(tables: Any, source: str, target: str) -> None:
    """As a restore to a point in time makes one: the rows and the keys, under another name."""
    described: Mapping[str, Any] = tables.describe_table(TableName=source)["Table"]
    keys = {each["AttributeName"] for each in described["KeySchema"]}
    tables.create_table(
        TableName=target,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=described["KeySchema"],
        AttributeDefinitions=[each for each in described["AttributeDefinitions"] if each["AttributeName"] in keys],
    )
    for page in tables.get_paginator("scan").paginate(TableName=source):
        for row in page["Items"]:
            tables.put_item(TableName=target, Item=row)
