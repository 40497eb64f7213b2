"""Refused facts of one enterprise do not exist for the erasures of another, however many there are."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.config import Config

from customers.domain.facts.refused_facts import DeadLetter
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import named
from customers.store.erasure.sweep_jobs import SweepJobs
from customers.store.erasure.sweep_refused_facts import RefusedFactsSweep
from customers.store.refused_facts.rows import fact_row, lead_row
from customers.wire.facts.refused_facts import read_refused_fact, without_person
from tests.e2e.conftest import Enterprise, eventually
from tests.e2e.erasure.test_erasure import Ledger, erase, found, id_of, tell
from tests.support.erasure.sweeping import Planted
from tests.support.hash_keys import secret

OTHERS = 10_050
PATIENCE = 120


@pytest.fixture
def ledger(aws: Callable[[str], Any], stack: dict[str, Any], enterprise: Enterprise) -> Ledger:
    return Ledger(aws("dynamodb"), stack, enterprise)


@pytest.mark.thorough
@pytest.mark.slow
def test_ten_thousand_refused_facts_of_another_enterprise_cost_an_erasure_nothing(
    enterprise: Enterprise, ledger: Ledger, aws: Callable[[str], Any], stack: dict[str, Any]
) -> None:
    without = _erased(enterprise, Planted(phone="+97455667701"), ledger)
    other = str(uuid.uuid4())
    client, table = aws("dynamodb"), stack["tables"]["refused_facts"]
    with _filled(client, table, other):
        beside = _erased(enterprise, Planted(phone="+97455667702"), ledger)
        calls = [calls_of_a_sweep(aws, stack, enterprise.id, erasure) for erasure in (without, beside)]
        print(f"calls of a sweep with 0 and with {OTHERS:,} refused facts of another enterprise: {calls}")
        assert calls[0] == calls[1]
        pages = client.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :other",
            ExpressionAttributeValues={":other": {"S": other}},
            Select="COUNT",
        )
        assert sum(page["Count"] for page in pages) == OTHERS


def _erased(enterprise: Enterprise, person: Planted, ledger: Ledger) -> str:
    """A customer with a refused fact, erased and swept. Gives the erasure's id."""
    tell(enterprise, person, "customer.registered", name=person.name)
    eventually(lambda: found(enterprise, person)["customer"], PATIENCE)
    customer_id = id_of(enterprise, person)
    tell(enterprise, person, "balance.topped_up", amount_minor=1, currency="XXX", name=person.name)
    data = eventually(lambda: (reply := erase(enterprise, customer_id)).status_code == 200 and reply, PATIENCE).json()
    ledger.done(data["data"]["erasure_id"])
    return str(data["data"]["erasure_id"])


@contextmanager
def _filled(client: Any, table: str, enterprise: str) -> Iterator[None]:
    """Refused facts as their consumer writes them, each with the row that leads to it. They are gone at the end."""
    told = json.dumps({"detail": {"enterprise_id": enterprise, "customer": {"phone": "+97433001122"}}})
    fact = read_refused_fact(told, "QA")
    assert fact
    name, now = named(secret, enterprise, Phone("+97433001122")), datetime.now(UTC)
    rows = list[Any]()
    for number in range(OTHERS):
        row = fact_row(enterprise, DeadLetter(f"m-{number}", told, "currency: …", now), fact, [name])
        rows += [row, lead_row(enterprise, name, row)]
    _write(client, table, [{"PutRequest": {"Item": row}} for row in rows])
    yield
    keys = [{"pk": row["pk"], "sk": row["sk"]} for row in rows]
    _write(client, table, [{"DeleteRequest": {"Key": key}} for key in keys])


def _write(client: Any, table: str, requests: Sequence[Any]) -> None:
    for start in range(0, len(requests), 25):
        client.batch_write_item(RequestItems={table: requests[start : start + 25]})


def calls_of_a_sweep(aws: Callable[..., Any], stack: dict[str, Any], enterprise: str, erasure: str) -> Counter[str]:
    """What a sweep of this erasure asks of DynamoDB."""
    # Of its own, so that it counts nobody else's calls.
    client, calls = aws("dynamodb", config=Config()), Counter[str]()
    client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.update([model.name]))
    tables = stack["tables"]
    jobs = SweepJobs(client, tables["erasures"], tables["records"], secret)
    names = (tables["refused_facts"], tables["records"], tables["enterprises"])
    sweep = RefusedFactsSweep(jobs, names, read_refused_fact, without_person)
    list(sweep.left(jobs.read(enterprise, erasure)))
    return calls
