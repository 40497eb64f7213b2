"""Corrections that race each other, facts and merges, on tables that answer as DynamoDB does: nothing is lost.

`ROUNDS=200` looks longer. What races runs in this process, as the deployed functions do it, so it really is at once.
"""

from __future__ import annotations

import itertools
import json
import os
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.config import Config

from customers.catalogue.identity import CORRECT, MERGE
from customers.domain.enterprise import Settings
from customers.domain.phone import Phone
from customers.domain.refusals import Contended
from customers.edge.principal import Principal
from customers.edge.writing import serve_writing
from customers.store.corrections import Corrections
from customers.store.ledger import Ledger
from customers.store.merges import Merges
from customers.store.profiles import Profiles
from customers.store.rebuild import Rebuild
from customers.store.receipts import Receipts
from customers.store.rows import is_copy
from customers.store.statements import Statements
from customers.store.sweeps import Sweeps
from customers.store.verification_requests import VerificationRequests
from customers.wire.facts import read_entry
from identity.correct import correct
from identity.merge import merge
from tests.support.books import SECRET
from tests.support.facts import customer_fact

ROUNDS = int(os.environ.get("ROUNDS", "12"))
AT_A_TIME = 4
"""Rounds side by side, each of two that race."""
BEFORE = datetime(2026, 10, 1, tzinfo=UTC)


class Enterprise:
    """An enterprise of its own on the stack's tables, and what the functions do to it, in this process."""

    def __init__(self, stack: dict[str, Any]) -> None:
        self.id = str(uuid.uuid4())
        self._client = boto3.client(
            "dynamodb",
            endpoint_url=stack["aws"],
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(max_pool_connections=50, read_timeout=60),
        )
        named = stack["tables"]
        self._customers, self._records = named["customers"], named["records"]
        receipts, links = named["receipts"], named["verifications"]
        statements = Statements(self._client, self._customers, self._records, SECRET)
        requests = VerificationRequests(self._client, self._records, links, SECRET)
        tables = (self._customers, self._records, receipts)
        find = Receipts(self._client, receipts, self._records).find
        corrections = Corrections(self._client, tables, statements, requests)
        self._correct = serve_writing(CORRECT, partial(correct, corrections=corrections), find)
        self._merge = serve_writing(MERGE, partial(merge, merges=Merges(self._client, tables, statements)), find)
        self._ledger = Ledger(self._client, self._customers, self._records, SECRET, read_entry)
        self._sweeps = Sweeps(self._client, self._customers, self._records)
        self.profiles = Profiles(self._client, self._customers)
        self.rebuild = Rebuild(self._client, self._customers, self._records, named["derived"], read_entry)
        self._numbers = itertools.count()

    def phone(self) -> str:
        """A mobile number that nobody here has."""
        return f"+974330{next(self._numbers):05}"

    def tell(self, kind: str, phone: str, **said: Any) -> None:
        """As the queue does: whoever is always overtaken, or has to wait, comes again."""
        fact = customer_fact(kind, self.id, at=BEFORE, about=phone, fact_id=str(uuid.uuid4()), **said)
        while True:
            try:
                (outcome,) = self._ledger.post([fact])
            except Contended:
                continue
            if isinstance(outcome, str):
                return

    def customer(self, phone: str, amount: int = 100) -> str:
        """A new one, with some money: by id."""
        self.tell("balance.topped_up", phone, amount_minor=amount)
        return self.id_at(phone)

    def id_at(self, phone: str) -> str:
        profile = self.profiles.find(self.id, Phone(phone))
        assert profile
        return profile.customer_id

    def correct(self, customer_id: str, phone: str) -> int:
        return self._send(self._correct, customer_id, "customer:UPDATE", {"phone": phone})

    def merge(self, survivor: str, absorbed: str) -> int:
        return self._send(self._merge, survivor, "customer:MERGE", {"absorbed_customer_id": absorbed})

    def sweep(self, absorbed: str) -> None:
        while True:
            try:
                if self._sweeps.page(self.id, absorbed):
                    return
            except Contended:
                continue

    def _send(self, handler: Any, customer_id: str, permission: str, body: dict[str, Any]) -> int:
        """The status; a till that is told that others were faster sends the same again."""
        principal = Principal(
            audience="enterprise-admin",
            subject="office-1",
            enterprise=self.id,
            merchant=None,
            branch=None,
            permissions=frozenset({permission}),
            expires_at=datetime.now(UTC) + timedelta(hours=1),
            settings=Settings("Test", "QAR", "QA"),
        )
        event = {
            "multiValueQueryStringParameters": None,
            "multiValueHeaders": {"Idempotency-Key": [str(uuid.uuid4())], "Content-Type": ["application/json"]},
            "pathParameters": {"customer": customer_id},
            "requestContext": {"requestId": "req-1", "authorizer": principal.context()},
            "body": json.dumps(body),
            "isBase64Encoded": False,
        }
        while True:
            status: int = handler(event, None)["statusCode"]
            if status not in (409, 503):
                return status

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the customers, without their copies and without what leads to them."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._customers,
            FilterExpression="begins_with(pk, :enterprise) AND attribute_exists(customer_id)",
            ExpressionAttributeValues={":enterprise": {"S": f"{self.id}#"}},
            ConsistentRead=True,
        )
        return [row for page in pages for row in page["Items"] if not is_copy(row["pk"]["S"])]

    def audited(self) -> dict[str, int]:
        """What all customers have together. Each has one row, and the ledger gives it again."""
        rows = self.rows()
        ids = [row["customer_id"]["S"] for row in rows]
        assert len(ids) == len(set(ids))
        assert [each for each in ids if self.rebuild.compare(self.id, each, "QAR").differences] == []
        return {name: sum(int(row[name]["N"]) for row in rows) for name in ("balance", "visits", "spend")}


@pytest.fixture
def shop(stack: dict[str, Any]) -> Enterprise:
    return Enterprise(stack)


def race(rounds: Callable[[], list[Callable[[], Any]]]) -> list[list[Any]]:
    """What comes of rounds, of each the answers of those who race in it."""
    with ThreadPoolExecutor(3 * AT_A_TIME) as pool, ThreadPoolExecutor(AT_A_TIME) as tables:

        def one() -> list[Any]:
            return [each.result() for each in [pool.submit(act) for act in rounds()]]

        return [each.result() for each in [tables.submit(one) for _ in range(ROUNDS)]]


def test_of_two_corrections_for_one_number_one_wins(shop: Enterprise) -> None:
    def both() -> list[Callable[[], Any]]:
        number, first, second = shop.phone(), shop.customer(shop.phone()), shop.customer(shop.phone())
        return [partial(shop.correct, first, number), partial(shop.correct, second, number)]

    assert all(sorted(answers) == [200, 400] for answers in race(both))
    assert shop.audited()["balance"] == 200 * ROUNDS


def test_a_correction_loses_no_top_up_and_no_purchase(shop: Enterprise) -> None:
    def three() -> list[Callable[[], Any]]:
        phone = shop.phone()
        customer = shop.customer(phone)
        return [
            partial(shop.correct, customer, shop.phone()),
            partial(shop.tell, "balance.topped_up", phone, amount_minor=7),
            partial(shop.tell, "purchase.completed", phone, amount_minor=11),
        ]

    assert [answers[0] for answers in race(three)] == [200] * ROUNDS
    # What was bought and paid in before the correction is the person's, wherever it was in the race.
    assert len(shop.rows()) == ROUNDS
    assert shop.audited() == {"balance": 107 * ROUNDS, "visits": ROUNDS, "spend": 11 * ROUNDS}


def test_a_merge_that_races_a_correction_and_facts_loses_nothing(shop: Enterprise) -> None:
    merged: list[tuple[str, str]] = []

    def three() -> list[Callable[[], Any]]:
        phone = shop.phone()
        survivor, absorbed = shop.customer(shop.phone()), shop.customer(phone)
        merged.append((absorbed, phone))
        return [
            partial(shop.merge, survivor, absorbed),
            partial(shop.correct, absorbed, shop.phone()),
            partial(shop.tell, "balance.topped_up", phone, amount_minor=7),
        ]

    assert all(answers[0] == 200 for answers in race(three))
    for absorbed, phone in merged:
        shop.sweep(absorbed)
        shop.tell("purchase.completed", phone, amount_minor=11)
    assert len(shop.rows()) == ROUNDS
    assert shop.audited() == {"balance": 207 * ROUNDS, "visits": ROUNDS, "spend": 11 * ROUNDS}


def test_whoever_has_absorbed_many_is_one_step_from_each(shop: Enterprise) -> None:
    many = 5 * ROUNDS
    survivor = shop.customer(shop.phone())
    phones = [shop.phone() for _ in range(many)]
    with ThreadPoolExecutor(2 * AT_A_TIME) as pool:
        ids = list(pool.map(shop.customer, phones))
        assert set(pool.map(partial(shop.merge, survivor), ids)) == {200}
        list(pool.map(shop.sweep, ids))
        assert set(pool.map(shop.id_at, phones)) == {survivor}
    assert [row["absorbed"]["N"] for row in shop.rows()] == [str(many)]
    assert shop.audited()["balance"] == 100 * (many + 1)
