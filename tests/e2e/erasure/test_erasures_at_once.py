"""Many erasures at once, while facts are refused: all are done, and nothing of anybody is left.

`PEOPLE=200 REFUSED=5000` looks longer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest

from tests.e2e.conftest import Enterprise, eventually, few_at_work, wait_until_empty
from tests.e2e.erasure.test_refused_facts import calls_of_a_sweep
from tests.support.erasure.sweeping import forms

PEOPLE, REFUSED = int(os.environ.get("PEOPLE", "20")), int(os.environ.get("REFUSED", "500"))
AT_ONCE, AT_WORK = 10, 4
SWEEPING = ("sweep_history", "sweep_copies", "sweep_files", "sweep_refused_facts", "seal_erasure")
PATIENCE = 900.0
"""Seconds. The emulator folds some dozens of facts a second, and runs one workflow's states after the other."""
CHECKED = 5
"""Erasures whose calls are counted."""


def phone_of(number: int) -> str:
    return f"+97455{number:06}"


def name_of(number: int) -> str:
    return f"Zubaida{number:06}"


def tell(enterprise: Enterprise, facts: Iterable[tuple[str, int, dict[str, Any]]]) -> None:
    """Of each fact its type, the number of whom it is about, and what else it says."""
    enterprise.publish_all([(kind, {"customer": {"phone": phone_of(who)}, **said}) for kind, who, said in facts])


@pytest.mark.thorough
def test_many_erasures_while_facts_are_refused(
    enterprise: Enterprise, aws: Callable[..., Any], stack: dict[str, Any]
) -> None:
    client = aws("dynamodb")
    everybody = range(PEOPLE)
    tell(enterprise, [("customer.registered", each, {"name": name_of(each)}) for each in everybody])
    tell(enterprise, [("customer.verified", each, {}) for each in everybody])
    enterprise.wait_until_applied(PATIENCE)
    ids = [row["customer_id"]["S"] for row in _rows(client, stack["tables"]["customers"], enterprise.id)]
    assert len(ids) == PEOPLE
    refused = [
        ("balance.topped_up", each % PEOPLE, {"amount_minor": 1, "currency": "XXX", "name": name_of(each % PEOPLE)})
        for each in range(REFUSED)
    ]
    with few_at_work(aws, AT_WORK, *SWEEPING):
        with ThreadPoolExecutor(AT_ONCE + 1) as crowd:
            told = crowd.submit(tell, enterprise, refused)
            answers = list(crowd.map(lambda each: _erased(enterprise, each), ids))
            told.result()
        done = eventually(lambda: found if len(found := _done(enterprise)) == PEOPLE else None, PATIENCE)
    assert {each["erasure_id"] for each in done} == set(answers)
    for role in ("facts", "dead_facts"):
        wait_until_empty(aws("sqs"), stack["queues"][role], PATIENCE)

    (public,) = enterprise.get("/capabilities").json()["data"]["erasure_receipt_keys"]
    key = jwt.PyJWK(public)
    for erasure_id in answers:
        shown = enterprise.get(f"/erasures/{erasure_id}", enterprise.admin("erasure:READ")).json()["data"]
        assert jwt.decode(shown["signed"], key, algorithms=["ES256"]) == shown["receipt"]
    # None of the facts that were refused before, meanwhile or afterwards names anybody.
    rows = _rows(client, stack["tables"]["refused_facts"], enterprise.id)
    text = json.dumps(rows, default=repr)
    assert [each for each in everybody if name_of(each) in text] == []
    assert [each for each in everybody if any(form in text for form in forms(phone_of(each)))] == []
    # Of the facts the money is kept by id. A fact that the fold has refused twice, because it died in between, is there
    # twice.
    kept = [json.loads(row["body"]["S"])["detail"] for row in rows if "body" in row]
    assert len({each["fact_id"] for each in kept}) == REFUSED
    assert {each["customer"]["customer_id"] for each in kept} == set(ids)
    calls = [calls_of_a_sweep(aws, stack, enterprise.id, each) for each in answers[:CHECKED]]
    print(f"calls of a sweep beside {REFUSED:,} refused facts and {PEOPLE} erasures: {calls[0]}")
    assert all(each == calls[0] for each in calls)


def _erased(enterprise: Enterprise, customer_id: str) -> str:
    """The id of the erasure. Other writers of the same customer may be faster for a while."""

    def erase() -> Any:
        headers = {"Idempotency-Key": customer_id}
        answer = enterprise.send("DELETE", f"/customers/{customer_id}", enterprise.admin("customer:DELETE"), headers)
        assert answer.status_code in (200, 409, 429, 503), answer.text
        return answer.status_code == 200 and answer.json()["data"]["erasure_id"]

    return str(eventually(erase, PATIENCE))


def _done(enterprise: Enterprise) -> list[dict[str, Any]]:
    token, found, cursor = enterprise.admin("erasure:READ"), list[dict[str, Any]](), ""
    while True:
        data = enterprise.get(f"/erasures?status=done&limit=50{cursor}", token).json()["data"]
        found += data["erasures"]
        if data["next_cursor"] is None:
            return found
        cursor = f"&cursor={data['next_cursor']}"


def _rows(client: Any, table: str, enterprise: str) -> list[Any]:
    """All rows of the table that begin with the enterprise, and the operator's that name it."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    rows = [row for page in pages for row in page["Items"]]
    return [
        row for row in rows if row["pk"]["S"].split("#")[0] == enterprise or row.get("enterprise") == {"S": enterprise}
    ]
