"""A phone is verified by whoever has it: a link comes by SMS, looking at it changes nothing, its button works once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from customers.domain.phone import Phone
from customers.domain.verification import Verification
from customers.store import dynamo
from customers.store.verification_requests import VerificationRequests
from tests.e2e.conftest import Enterprise, eventually
from tests.support.html import Page

LOOKUP = "/customers/lookup?phone="


@dataclass
class Customer:
    """Somebody who registered, with a phone that nobody else of these tests has."""

    shop: Enterprise
    aws: Callable[[str], Any]
    phone: str
    id: str

    @property
    def status(self) -> str:
        status: str = self.shop.get(LOOKUP + self.phone.replace("+", "%2B")).json()["data"]["status"]
        return status

    def ask(self) -> None:
        """As a correction does."""
        client, tables = self.aws("dynamodb"), self.shop.stack["tables"]
        requests = VerificationRequests(client, tables["records"], tables["verifications"], "a secret")
        verification = Verification(f"ver_{uuid.uuid4().hex}", Phone(self.phone), datetime.now(UTC))
        dynamo.commit(client, requests.writes(self.shop.id, self.id, verification))

    def texts(self) -> list[str]:
        """The SMS that the phone has received."""
        answer = requests.get(
            f"{self.shop.stack['aws']}/_ministack/sns/sms-messages", params={"phoneNumber": self.phone}, timeout=30
        )
        return [each["Message"] for each in answer.json()["sms_messages"][self.phone]]

    def link(self, number: int = 1) -> str:
        """That of the latest SMS, once so many have come."""
        texts = eventually(lambda: texts if len(texts := self.texts()) >= number else None)
        link: str = texts[-1].splitlines()[-1]
        return link


@pytest.fixture
def customer(enterprise: Enterprise, aws: Callable[[str], Any]) -> Customer:
    phone = f"+97433{uuid.uuid4().int % 10**6:06}"
    enterprise.publish("customer.registered", phone, name="Layla Hassan")
    enterprise.publish("promo.granted", phone, grant_id="g", amount_minor=2500, currency="QAR")
    key = {"pk": {"S": f"{enterprise.id}#{phone}"}}
    table = enterprise.stack["tables"]["customers"]
    row = eventually(lambda: aws("dynamodb").get_item(TableName=table, Key=key).get("Item"))
    return Customer(enterprise, aws, phone, row["customer_id"]["S"])


def test_a_link_comes_and_looking_at_it_changes_nothing(customer: Customer) -> None:
    customer.ask()
    link = customer.link()
    assert link.startswith(f"{customer.shop.stack['api']}/verifications/")
    for agent in ("WhatsApp/2.23", "Mozilla/5.0 (Series40; Nokia)", "curl/8"):
        answer = requests.get(link, headers={"User-Agent": agent}, timeout=30)
        assert answer.status_code == 200
        assert Page(answer.text).all("button")
    forged = requests.get(link[:-1] + "a", timeout=30)
    assert (forged.status_code, forged.text) == (200, answer.text)
    assert customer.status == "pending_proof"
    assert len(customer.texts()) == 1


@pytest.mark.parametrize("method", ["GET"])
def test_whoever_tries_many_tokens_is_told_to_wait(enterprise: Enterprise, method: str) -> None:
    """Whatever the machine: as many as go through at once, until one is refused."""

    def attempt(_: int) -> requests.Response:
        return requests.request(method, f"{enterprise.stack['api']}/verifications/{uuid.uuid4().hex}", timeout=30)

    def refused() -> list[requests.Response]:
        with ThreadPoolExecutor(16) as crowd:
            return [answer for answer in crowd.map(attempt, range(64)) if answer.status_code == 429]

    (answer, *_) = eventually(refused)
    assert (answer.json()["ok"], answer.json()["error"]["code"]) == (False, "RATE_LIMITED")
    assert answer.headers["Retry-After"] == "1"
    assert enterprise.get("/customers/lookup?phone=33001122").status_code == 200
