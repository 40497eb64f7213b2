"""A restore, rehearsed step by step as the runbook has it: old rows, facts since then, people erased since then."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Admin, Enterprise, eventually
from tests.e2e.stack.conftest import RUNBOOK
from tests.support.stack.documents import Shell, lists

LAYLA, OMAR = "+97433001122", "+97466005566"
MONEY = {"currency": "QAR"}
LOOKUP = "/customers/lookup?phone=%2B97433001122"


@pytest.mark.thorough
def test_a_restore_brings_back_what_was_keeps_what_came_since_and_forgets_who_was_erased(
    stack: dict[str, Any], aws: Callable[[str], Any], admin: Admin, shell: Shell
) -> None:
    """The commands are the runbook's own, in their order. The replay of the bus's archive alone needs an account."""
    close, restore, rows, start, resume, end = [
        block for block in lists(RUNBOOK)["Restore tables from a backup"] if not block.on_an_account
    ]
    shop = Enterprise(stack).open()
    for phone in (LAYLA, OMAR):
        shop.publish("customer.registered", phone, name="Somebody")
    shop.publish("balance.topped_up", LAYLA, amount_minor=1000, **MONEY)
    shop.wait_until_applied()
    eventually(lambda: admin("audit", "--enterprise", shop.id)[0] == 0)
    # The emulator restores a table as it is now. So this is the instant to which an account would restore it later.
    shell.run(restore)
    assert _rows(aws("dynamodb"), "before-customers", f"{shop.id}#{OMAR}")

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

    try:
        shell.run(close)
        assert shop.get(LOOKUP).status_code == 429
        # The bus goes on: this waits in the queue.
        shop.publish("balance.topped_up", LAYLA, amount_minor=7, **MONEY)
        shell.run(rows)
        back = _rows(aws("dynamodb"), stack["tables"]["customers"], f"{shop.id}#{OMAR}")
        assert back, "the copy has whom it had"
        shell.run(start)
        eventually(lambda: "Started: 0; already running: 0" in shell.run(resume))
        # The replay, and what publishers send again by themselves.
        for _ in range(2):
            shop.publish("balance.topped_up", LAYLA, **since)
        eventually(lambda: admin("audit", "--enterprise", shop.id)[0] == 0)
    finally:
        # Other enterprises of this stack are other tests'.
        shell.say(end.commands.replace("make audit\n", f"make audit ENTERPRISE={shop.id}\n"))
    eventually(lambda: shop.get(LOOKUP).status_code == 200)

    eventually(lambda: _balance(shop, LAYLA) == 1507)
    eventually(lambda: _balance(shop, OMAR) is None)
    eventually(lambda: admin("audit", "--enterprise", shop.id)[0] == 0)
    # Omar is in no total any more.
    totals = shop.get("/customers/stats", shop.admin("customer:STATS")).json()["data"]["customers"]
    assert totals == {"registered": 0, "pending_proof": 1, "disabled": 0}
    again = admin("restore-rows", "--prefix", "before")
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
