"""Many erasures at once, while facts are refused: all are done, and nothing of anybody is left.

`PEOPLE=200 REFUSED=5000` looks longer.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest

from tests.e2e.conftest import Enterprise, eventually, few_at_work
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


class Producer:
    """Puts facts on the bus, ten in a request."""

    def __init__(self, bus: Any, stack: dict[str, Any], enterprise: str) -> None:
        self._bus, self._name, self._enterprise = bus, stack["bus"], enterprise

    def tell(self, facts: Sequence[tuple[str, int, dict[str, Any]]]) -> None:
        for start in range(0, len(facts), 10):
            entries = [self._entry(*fact) for fact in facts[start : start + 10]]
            assert self._bus.put_events(Entries=entries)["FailedEntryCount"] == 0

    def _entry(self, kind: str, number: int, said: dict[str, Any]) -> dict[str, str]:
        detail = {
            "fact_id": str(uuid.uuid4()),
            "enterprise_id": self._enterprise,
            "occurred_at": "2026-11-01T10:00:00Z",
            "customer": {"phone": phone_of(number)},
            **said,
        }
        return {
            "EventBusName": self._name,
            "Source": "partner.tests",
            "DetailType": kind,
            "Detail": json.dumps(detail),
        }


@pytest.mark.thorough
def test_many_erasures_while_facts_are_refused(
    enterprise: Enterprise, aws: Callable[..., Any], stack: dict[str, Any]
) -> None:
    producer, client = Producer(aws("events"), stack, enterprise.id), aws("dynamodb")
    everybody = range(PEOPLE)
    producer.tell([("customer.registered", each, {"name": name_of(each)}) for each in everybody])
    producer.tell([("customer.verified", each, {}) for each in everybody])
    ids = eventually(lambda: found if len(found := _ids(client, stack, enterprise.id)) == PEOPLE else None, PATIENCE)
    refused = [
        ("balance.topped_up", each % PEOPLE, {"amount_minor": 1, "currency": "XXX", "name": name_of(each % PEOPLE)})
        for each in range(REFUSED)
    ]
    with few_at_work(aws, AT_WORK, *SWEEPING):
        with ThreadPoolExecutor(AT_ONCE + 1) as crowd:
            told = crowd.submit(producer.tell, refused)
            answers = list(crowd.map(lambda each: _erased(enterprise, each), ids))
            told.result()
        done = eventually(lambda: found if len(found := _done(enterprise)) == PEOPLE else None, PATIENCE)
    assert {each["erasure_id"] for each in done} == set(answers)
    eventually(lambda: _drained(aws("sqs"), stack), PATIENCE)

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


def _ids(client: Any, stack: dict[str, Any], enterprise: str) -> list[str]:
    rows = _rows(client, stack["tables"]["customers"], enterprise)
    return [row["customer_id"]["S"] for row in rows if row.get("state") == {"S": "VERIFIED"} and "name" in row]


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


def _drained(sqs: Any, stack: dict[str, Any]) -> bool:
    """Whether nothing is in the queues of facts and of refused facts."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counted = [
        sqs.get_queue_attributes(QueueUrl=stack["queues"][role], AttributeNames=names)["Attributes"]
        for role in ("facts", "dead_facts")
    ]
    return all(int(each[name]) == 0 for each in counted for name in names)


def _rows(client: Any, table: str, enterprise: str) -> list[Any]:
    """All rows of the table that begin with the enterprise, and the operator's that name it."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    rows = [row for page in pages for row in page["Items"]]
    return [
        row for row in rows if row["pk"]["S"].split("#")[0] == enterprise or row.get("enterprise") == {"S": enterprise}
    ]
