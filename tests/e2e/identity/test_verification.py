"""The holder of a phone verifies it: a link comes by SMS, opening it changes nothing, its button works once."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Barrier
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from customers.catalogue.identity import VERIFY
from customers.edge.http.capabilities import LIMITS
from customers.edge.http.serve import Handler
from customers.edge.http.serve_public import serve_public
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.facts.own_entries import OwnEntries
from customers.store.identity.verifications import Verifications
from tests.e2e.conftest import Enterprise, Log, eventually
from tests.support.http.html import Page
from tests.support.thorough import only

NAME = "Layla Hassan"
CROWD = 20
LANES = 5
"""Requests under way at a time over HTTP: the emulator starts a process for each."""
PATIENCE = 60.0
"""Seconds for one answer or one SMS: the emulator starts its processes when they are first needed."""
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def a_phone() -> str:
    """One that nobody else of these tests has: a mobile number of Qatar."""
    return f"+97433{uuid.uuid4().int % 10**6:06}"


def lookup(shop: Enterprise, phone: str) -> dict[str, Any]:
    data: dict[str, Any] = shop.get(f"/customers/lookup?phone={phone.replace('+', '%2B')}").json()["data"]
    return data


def patiently(send: Callable[[], requests.Response]) -> requests.Response:
    """Once more, as long as the gateway says that there are too many."""
    while (answer := send()).status_code == 429:
        time.sleep(float(answer.headers["Retry-After"]))
    return answer


def look(link: str, headers: dict[str, str] | None = None) -> requests.Response:
    return patiently(lambda: requests.get(link, headers=headers, timeout=PATIENCE))


def press(link: str, headers: dict[str, str] | None = None) -> requests.Response:
    return patiently(lambda: requests.post(link, headers=headers, timeout=PATIENCE))


@dataclass
class Customer:
    """Somebody who never registered, under a mistyped phone, with a locked grant."""

    shop: Enterprise
    typo: str
    id: str

    def correct(self, phone: str) -> requests.Response:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        office = self.shop.admin("customer:UPDATE")
        return self.shop.send("PATCH", f"/customers/{self.id}", office, headers, json={"phone": phone})

    def corrected(self) -> str:
        """The right phone, put in place of the wrong one."""
        answer = self.correct(phone := a_phone())
        assert answer.status_code == 200, answer.text
        return phone

    def texts(self, phone: str) -> list[str]:
        """The SMS that a phone has received."""
        address = f"{self.shop.stack['aws']}/_ministack/sns/sms-messages"
        answer = requests.get(address, params={"phoneNumber": phone}, timeout=120)
        return [each["Message"] for each in answer.json()["sms_messages"][phone]]

    def link(self, phone: str) -> str:
        """That of the latest SMS, once one has come."""
        link: str = eventually(lambda: self.texts(phone), PATIENCE)[-1].splitlines()[-1]
        return link


@pytest.fixture
def customer(enterprise: Enterprise, aws: Callable[[str], Any]) -> Customer:
    typo, table = a_phone(), enterprise.stack["tables"]["customers"]
    enterprise.publish("customer.registered", typo, name=NAME)
    enterprise.publish("promo.granted", typo, grant_id="welcome", amount_minor=2500, currency="QAR")
    key = {"pk": {"S": f"{enterprise.id}#{typo}"}}
    enterprise.wait_until_applied()
    row = aws("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    return Customer(enterprise, typo, row["customer_id"]["S"])


def test_a_corrected_phone_is_verified_by_who_has_it_and_the_grant_is_still_there(customer: Customer) -> None:
    shop, phone = customer.shop, customer.corrected()
    assert lookup(shop, customer.typo)["status"] == "not_found"
    assert lookup(shop, phone)["status"] == "pending_proof"

    link = customer.link(phone)
    assert link.startswith(f"{shop.stack['api']}/verifications/")
    for agent in ("WhatsApp/2.23", "Mozilla/5.0 (Series40; Nokia)", "curl/8"):
        page = look(link, {"User-Agent": agent})
        assert page.status_code == 200
        assert Page(page.text).all("button")
    assert lookup(shop, phone)["status"] == "pending_proof"

    pressed = press(link, BROWSER)
    assert (pressed.status_code, pressed.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Your number is confirmed" in Page(pressed.text).said["en"]
    found = lookup(shop, phone)
    assert (found["status"], found["unclaimed_cashback"]) == ("registered", None)
    assert (found["customer"]["state"], found["customer"]["balance"]["locked_promo_minor"]) == ("VERIFIED", 2500)
    assert lookup(shop, customer.typo)["status"] == "not_found"
    assert (customer.texts(customer.typo), len(customer.texts(phone))) == ([], 1)


def shown(answer: requests.Response) -> str:
    return answer.text.replace(answer.json()["meta"]["request_id"], "")


def test_a_link_that_was_used_or_replaced_or_never_was_is_refused_alike(customer: Customer) -> None:
    replaced = customer.link(customer.corrected())
    link = customer.link(customer.corrected())
    assert press(link).json()["data"] == {"status": "verified"}
    refused = [press(each) for each in (link, replaced, link[:-1] + "1", link[:-2])]
    assert {answer.status_code for answer in refused} == {404}
    assert {answer.json()["error"]["code"] for answer in refused} == {"NOT_FOUND"}
    assert len({shown(answer) for answer in refused}) == 1
    pages = [press(each, BROWSER) for each in (link, replaced, link[:-1] + "1")]
    assert len({(answer.status_code, answer.text) for answer in pages}) == 1
    # Nor does looking at them tell one from another.
    assert len({look(each).text for each in (link, replaced, link[:-1] + "1")}) == 1


def test_of_many_who_press_at_once_one_verifies(customer: Customer) -> None:
    link = customer.link(customer.corrected())
    with ThreadPoolExecutor(LANES) as crowd:
        answers = list(crowd.map(press, [link] * CROWD))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: CROWD - 1}
    assert len({shown(answer) for answer in answers if answer.status_code == 404}) == 1


@pytest.mark.thorough
@pytest.mark.usefixtures("in_this_process")
def test_of_many_functions_with_one_token_in_hand_one_verifies(
    customer: Customer, aws: Callable[[str], Any], stack: dict[str, Any]
) -> None:
    """All at the very same moment, which a gateway and two cores would not let them be."""
    phone = customer.corrected()
    token = customer.link(phone).rpartition("/")[2]
    handler, together = _function(stack), Barrier(CROWD)
    event = {"multiValueQueryStringParameters": None, "pathParameters": {"token": token}, "body": None}

    def invoke(number: int) -> int:
        together.wait()
        while True:
            answer = handler({**event, "requestContext": {"requestId": f"r-{number}"}}, None)
            if answer["statusCode"] != 503:
                return int(answer["statusCode"])

    with ThreadPoolExecutor(CROWD) as crowd:
        assert Counter(crowd.map(invoke, range(CROWD))) == {200: 1, 404: CROWD - 1}
    assert lookup(customer.shop, phone)["status"] == "registered"
    told = {":pk": {"S": f"{customer.shop.id}#{customer.id}"}, ":ledger": {"S": "ledger#"}}
    history = aws("dynamodb").query(
        TableName=stack["tables"]["records"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :ledger)",
        ExpressionAttributeValues=told,
    )["Items"]
    assert Counter(row["type"]["S"] for row in history)["customer.verified"] == 1


def _function(stack: dict[str, Any]) -> Handler:
    """What the deployed function does, in this process, on the stack's tables."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    config = Config(max_pool_connections=CROWD, read_timeout=120)
    client = session.client("dynamodb", endpoint_url=stack["aws"], config=config)
    keys = DerivedKeys(stack["pseudonym_key"], session.client("kms", endpoint_url=stack["aws"]))
    tables = [stack["tables"][role] for role in ("customers", "records", "verifications", "receipts")]
    from identity.verify import verify

    statements = OwnEntries(client, tables[0], tables[1], keys.key)
    handle = partial(verify, verifications=Verifications(client, *tables), own_entries=statements)
    return serve_public(VERIFY, handle)


def test_others_are_told_that_it_was_asked_for_and_that_it_was_verified(
    customer: Customer, aws: Callable[[str], Any], stack: dict[str, Any]
) -> None:
    press(customer.link(customer.corrected()))
    heard: list[dict[str, Any]] = []

    def told() -> list[str]:
        while (
            messages := aws("sqs")
            .receive_message(QueueUrl=stack["queues"]["tail"], MaxNumberOfMessages=10)
            .get("Messages")
        ):
            heard.extend(json.loads(message["Body"]) for message in messages)
        mine = [each for each in heard if each["detail"]["enterprise_id"] == customer.shop.id]
        return [each["detail-type"] for each in mine]

    eventually(lambda: "customer.verified" in told())
    *asked, last = told()
    assert (sorted(asked), last) == (["customer.corrected", "customer.verification_requested"], "customer.verified")


def test_nothing_that_is_logged_holds_a_token_a_phone_or_a_name(customer: Customer, log: Log) -> None:
    phone = customer.corrected()
    link = customer.link(phone)
    token = link.rpartition("/")[2]
    for _ in range(2):
        look(link)
        press(link)
    operations = ('"correct"', '"send_verification"', '"show_verification"', '"verify"')
    eventually(lambda: all(any(each in line for line in log.lines()) for each in operations))
    seen = log.lines()
    for planted in (token, phone[1:], customer.typo[1:], NAME.split()[0]):
        assert [line for line in seen if planted in line] == []


@pytest.fixture
def slow_links(aws: Callable[..., Any], method: str) -> Iterator[None]:
    """The limit that all share, lowered to what a laptop reaches. An emulator has no firewall before it."""
    gateway, path = aws("apigateway"), f"/~1partner~1verifications~1{{token}}/{method}/throttling"
    (api,) = [each["id"] for each in gateway.get_rest_apis()["items"]]

    def limit(rate: int, burst: int) -> None:
        values = {"rateLimit": rate, "burstLimit": burst}
        changes = [{"op": "replace", "path": f"{path}/{name}", "value": str(value)} for name, value in values.items()]
        gateway.update_stage(restApiId=api, stageName="v1", patchOperations=changes)

    limit(5, 5)
    yield
    limit(LIMITS["link_requests_per_second"], LIMITS["link_request_burst"])


@pytest.mark.usefixtures("slow_links")
@pytest.mark.parametrize("method", only(["GET", "POST"], "GET"))
def test_whoever_tries_many_tokens_is_told_to_wait(enterprise: Enterprise, method: str) -> None:
    """Whatever the machine: more and more, until one is refused."""

    def attempt(_: int) -> requests.Response:
        return requests.request(method, f"{enterprise.stack['api']}/verifications/{uuid.uuid4().hex}", timeout=PATIENCE)

    def refused() -> list[requests.Response]:
        with ThreadPoolExecutor(4) as crowd:
            answers = list(crowd.map(attempt, range(50)))
        assert {answer.status_code for answer in answers} <= {200, 404, 429}
        return [answer for answer in answers if answer.status_code == 429]

    (answer, *_) = eventually(refused)
    assert (answer.json()["ok"], answer.json()["error"]["code"]) == (False, "RATE_LIMITED")
    assert answer.headers["Retry-After"] == "1"
    # Nobody else waits for that.
    assert enterprise.get("/customers/lookup?phone=33001122").status_code == 200
