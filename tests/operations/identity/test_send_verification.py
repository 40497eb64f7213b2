"""A link goes to each phone that is to be verified: once if all goes well, at least once whatever happens."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identifiers.phone import Phone
from customers.edge.messaging.message_ends import MAX_TRIES
from customers.edge.messaging.outcomes import one_by_one
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import VerificationQueue
from customers.store.aws.sms import SmsSender
from customers.store.registry import Registry
from tests.operations.conftest import LAYLA, NAME, Shop
from tests.support.books import CUSTOMERS, RECORDS, interrupting
from tests.support.crashes import Crash, crash_at
from tests.support.identity.verifying import (
    LINKS,
    ask,
    asked,
    batch,
    event,
    forget_texts,
    leads,
    texts,
    tokens,
    verifications,
)
from tests.support.recording import id_of, stored

OMAR = "+97466005566"


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    shop.told_of_layla()
    return id_of(tables, shop)


@pytest.fixture(autouse=True)
def quiet_phones(tables: DynamoDBClient) -> None:
    forget_texts()


@pytest.fixture
def queue(tables: DynamoDBClient, enterprise: str) -> VerificationQueue:
    sqs = boto3.client("sqs")
    work, dead = (sqs.create_queue(QueueName=f"{name}-{enterprise}")["QueueUrl"] for name in ("work", "dead"))
    return VerificationQueue(sqs, work, dead)


Send = Callable[..., list[str]]


@pytest.fixture
def send(tables: DynamoDBClient, queue: VerificationQueue) -> Send:
    """Has some messages taken; gives back those that must come again."""

    def act(*bodies: str, client: DynamoDBClient | None = None, sns: Any = None, tries: int = 1) -> list[str]:
        from identity.send_verification import send

        over = client or tables
        handle = partial(
            send,
            verifications=verifications(over),
            settings=Registry(over, "EnterprisesTable").settings,
            texts=SmsSender(sns or boto3.client("sns")),
            base="https://api-1.example.com/v1/partner",
        )
        answer = consume("send_verification", one_by_one(handle), queue)(batch(*bodies, tries=tries), None)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    return act


def dead(queue: VerificationQueue) -> list[dict[str, Any]]:
    found: list[Any] = queue._client.receive_message(
        QueueUrl=str(queue._dead_letters), MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages", [])
    return found


# ------------------------------------------------------------------------------------------ what is sent


def test_a_link_goes_to_the_phone_and_leads_to_its_verification(
    shop: Shop, tables: DynamoDBClient, send: Send, layla: str
) -> None:
    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    assert send(event(shop.enterprise, layla, verification.id)) == []
    ((phone, message),) = texts()
    (token,) = tokens()
    assert phone == LAYLA
    assert message.startswith("Test: open this link to confirm your number.\nافتح الرابط لتأكيد رقمك.\nhttps://")
    assert leads(tables, token) == verification.id


def test_a_token_is_160_random_bits_in_characters_that_no_phone_cuts_off(
    shop: Shop, tables: DynamoDBClient, send: Send, layla: str
) -> None:
    from identity.send_verification import TOKEN_BYTES, _new_token

    many = {_new_token() for _ in range(1000)}
    assert TOKEN_BYTES * 8 >= 128
    assert len(many) == 1000
    assert all(len(token) == 32 and token.isascii() and token.isalnum() for token in many)


def test_the_token_is_kept_nowhere(shop: Shop, tables: DynamoDBClient, send: Send, layla: str) -> None:
    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    send(event(shop.enterprise, layla, verification.id))
    (token,) = tokens()
    everything = [row for table in (CUSTOMERS, RECORDS, LINKS) for row in tables.scan(TableName=table)["Items"]]
    assert token not in str(everything)
    (link,) = [row for row in everything if row.get("verification_id") == {"S": verification.id} and "ttl" in row]
    assert set(link) == {"pk", "enterprise", "customer_id", "verification_id", "ttl"}
    day = datetime.now(UTC) + timedelta(hours=24)
    assert abs(int(link["ttl"]["N"]) - day.timestamp()) < 30


def test_a_long_name_of_a_shop_is_cut(shop: Shop, tables: DynamoDBClient, send: Send, layla: str) -> None:
    shop.told("enterprise.configured", name="م" * 200, currency="QAR", occurred_at="2026-11-03T10:00:00Z")
    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    send(event(shop.enterprise, layla, verification.id))
    ((_, message),) = texts()
    assert message.startswith(f"{'م' * 29}…: open")
    # Three parts of an SMS that is not all ASCII.
    assert len(message) <= 3 * 67


@pytest.mark.parametrize("sender", ["", "FEDDI"])
def test_a_text_is_of_the_kind_that_is_not_held_back_and_shows_a_registered_sender(
    tables: DynamoDBClient, sender: str
) -> None:
    said: dict[str, Any] = {}
    sns = boto3.client("sns")
    sns.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: said.update(params))
    SmsSender(sns, sender).send(Phone(LAYLA), "text")
    told = {name.rpartition(".")[2]: value["StringValue"] for name, value in said["MessageAttributes"].items()}
    assert told == {"SMSType": "Transactional", **({"SenderID": sender} if sender else {})}
    assert said["PhoneNumber"] == LAYLA


# ------------------------------------------------------------------------------------------ what is not sent


def test_a_message_that_comes_twice_sends_one_text(shop: Shop, tables: DynamoDBClient, send: Send, layla: str) -> None:
    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    told = event(shop.enterprise, layla, verification.id)
    assert send(told, told) == send(told) == []
    assert len(texts()) == 1


def test_what_is_not_asked_any_more_is_not_sent(shop: Shop, tables: DynamoDBClient, send: Send, layla: str) -> None:
    earlier, later = asked(LAYLA), asked(LAYLA)
    ask(tables, shop.enterprise, layla, earlier)
    ask(tables, shop.enterprise, layla, later)
    assert send(event(shop.enterprise, layla, earlier.id)) == []
    assert texts() == []
    send(event(shop.enterprise, layla, later.id))
    assert leads(tables, tokens()[0]) == later.id


def test_nothing_goes_to_a_phone_that_is_not_the_customers(
    shop: Shop, tables: DynamoDBClient, send: Send, layla: str
) -> None:
    verification = asked(OMAR)
    ask(tables, shop.enterprise, layla, verification)
    assert send(event(shop.enterprise, layla, verification.id)) == []
    shop.told("balance.topped_up", OMAR, amount_minor=1, currency="QAR")
    assert send(event(shop.enterprise, layla, verification.id)) == []
    assert texts() == []


def test_nothing_goes_to_who_was_shut_off(shop: Shop, tables: DynamoDBClient, send: Send, layla: str) -> None:
    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    shop.disabled_layla()
    assert send(event(shop.enterprise, layla, verification.id)) == []
    assert texts() == []


def test_nobody_of_another_enterprise_is_sent_anything(
    shop: Shop, tables: DynamoDBClient, send: Send, layla: str, enterprise: str
) -> None:
    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    assert send(event(f"{enterprise}-other", layla, verification.id)) == []
    assert texts() == []


# ------------------------------------------------------------------------------------------ what fails


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
@pytest.mark.parametrize(
    ("service", "at"), [("dynamodb", 1), ("dynamodb", 2), ("dynamodb", 3), ("dynamodb", 4), ("dynamodb", 5), ("sns", 1)]
)
def test_a_sender_stopped_between_any_two_calls_sends_a_working_link(
    shop: Shop, tables: DynamoDBClient, send: Send, layla: str, moment: str, service: str, at: int
) -> None:
    verification, crash = asked(LAYLA), crash_at(at)
    ask(tables, shop.enterprise, layla, verification)
    told = event(shop.enterprise, layla, verification.id)
    sns = boto3.client("sns")
    if service == "sns":
        sns.meta.events.register_first(f"{moment}.sns", crash)
    with pytest.raises(Crash):
        send(told, client=interrupting(f"{moment}.dynamodb", crash) if service == "dynamodb" else None, sns=sns)
    assert send(told) == []
    # Twice only where nobody can tell that it went out.
    unnoticed = (service, moment, at) in {("sns", "after-call", 1), ("dynamodb", "before-call", 5)}
    assert len(tokens()) == (2 if unnoticed else 1)
    assert {leads(tables, token) for token in tokens()} == {verification.id}
    assert send(told) == []
    assert len(tokens()) == (2 if unnoticed else 1)


def test_what_fails_holds_no_neighbour_back_and_says_no_number(
    shop: Shop, tables: DynamoDBClient, send: Send, queue: VerificationQueue, layla: str, log: io.StringIO
) -> None:
    shop.told("customer.registered", OMAR, name="Omar")
    omar = id_of(tables, shop, OMAR)
    first, second = asked(LAYLA), asked(OMAR)
    ask(tables, shop.enterprise, layla, first)
    ask(tables, shop.enterprise, omar, second)
    bodies = [event(shop.enterprise, layla, first.id), event(shop.enterprise, omar, second.id)]
    sns = boto3.client("sns")

    def refuse(params: dict[str, Any], **_: Any) -> None:
        # Only by its body can a request be told from another here.
        if LAYLA[1:] in str(params["body"]):
            raise ValueError(f"{LAYLA} has opted out")

    sns.meta.events.register_first("before-call.sns.Publish", refuse)
    log.truncate(0)
    assert send(*bodies, sns=sns) == ["m-0"]
    assert [phone for phone, _ in texts()] == [OMAR]
    assert send(bodies[0], sns=sns, tries=MAX_TRIES) == []
    (letter,) = dead(queue)
    assert letter["Body"] == bodies[0]
    assert "ValueError" in letter["MessageAttributes"]["reason"]["StringValue"]
    said = log.getvalue() + str(letter)
    (token,) = tokens()
    assert all(word not in said for word in (LAYLA[1:], OMAR[1:], NAME, token))


def test_before_its_enterprise_is_configured_a_link_waits_and_then_is_a_dead_letter_that_says_why(
    shop: Shop,
    tables: DynamoDBClient,
    send: Send,
    queue: VerificationQueue,
    layla: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    told = event(shop.enterprise, layla, verification.id)
    with monkeypatch.context() as unknown:
        unknown.setattr(Registry, "settings", lambda _registry, _enterprise: None)
        assert (send(told), dead(queue)) == (["m-0"], [])
        assert send(told, tries=MAX_TRIES) == []
    (letter,) = dead(queue)
    reason = letter["MessageAttributes"]["reason"]["StringValue"]
    assert reason == "enterprise_id: this enterprise has not been configured yet"
    assert texts() == []
    assert send(told) == []
    assert leads(tables, tokens()[0]) == verification.id


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "{}", '{"detail": {}}', '{"detail": {"enterprise_id": 1}}', json.dumps({"detail": "ver_1"})],
)
def test_what_is_no_such_event_is_a_dead_letter_at_once(send: Send, queue: VerificationQueue, body: str) -> None:
    assert send(body) == []
    ((letter),) = dead(queue)
    reason = letter["MessageAttributes"]["reason"]["StringValue"]
    assert reason == "body: is not an event customer.verification_requested"


def test_what_the_publisher_tells_is_what_the_sender_reads(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    from customers.wire.events.own_events import read_verification_requested

    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    (row,) = [row for row in stored(tables, shop.enterprise)[RECORDS] if row["sk"]["S"].startswith("outbox#")]
    link = read_verification_requested(json.dumps({"detail": json.loads(row["detail"]["S"])}))
    assert (link.enterprise, link.customer_id, link.verification_id) == (shop.enterprise, layla, verification.id)


def test_the_function_is_wired_to_all_of_it(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    from identity.send_verification import handler

    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    assert handler(batch(event(shop.enterprise, layla, verification.id)), None) == {"batchItemFailures": []}
    assert leads(tables, tokens()[0]) == verification.id
