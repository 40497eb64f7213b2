"""The fact queue's consumer: a message that fails holds none of its neighbours back, and none is lost."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.model import OperationModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_sqs import SQSClient

from customers.domain.refusals import CannotApply, Conflict, NotYet, Unavailable, ValidationError
from customers.edge.messaging.fold import folding
from customers.edge.messaging.message_ends import MAX_TRIES
from customers.edge.messaging.outcomes import Outcome, Received
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import FactQueue
from customers.wire.facts.sources import anyone
from events.fold_facts import handler as fold_handler
from tests.support.books import ENTERPRISES, Books, ledger
from tests.support.facts import ABOUT_CUSTOMERS, LAYLA, NOON, OWN_FIELDS, body, detail, enterprise_fact, event
from tests.support.tables import dynamodb

NAME = "Layla Hassan"
PLANTED = ("Layla", "Hassan", "33001122", "+974", "3300 1122", "pos-8841", "oat milk")


class Post:
    """The fact queue and its dead letters in memory, and Lambda's part in emptying the one."""

    def __init__(self, client: SQSClient, books: Books, facts: str, dead: str) -> None:
        self._client = client
        self._facts = client.create_queue(QueueName=facts)["QueueUrl"]
        self._dead = client.create_queue(QueueName=dead)["QueueUrl"]
        self.waits: list[int] = []
        client.meta.events.register("provide-client-params.sqs.ChangeMessageVisibility", self._note)
        take = folding(books.registry.settings, books.registry.post, books.ledger, anyone)
        self.queue = FactQueue(client, self._facts, self._dead)
        self.handler = consume("fold_facts", take, self.queue)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.waits.append(params["VisibilityTimeout"])

    def deliver(self, *bodies: str, tries: int = 1, handler: Callable[..., Any] | None = None) -> list[int]:
        """Have a batch of messages consumed, each received so often; which of them are to come again, by position."""
        records = [self._received(each, tries) for each in bodies]
        failures = (handler or self.handler)({"Records": records}, None)["batchItemFailures"]
        places = {record["messageId"]: place for place, record in enumerate(records)}
        return [places[failure["itemIdentifier"]] for failure in failures]

    def _received(self, text: str, tries: int) -> dict[str, Any]:
        self._client.send_message(QueueUrl=self._facts, MessageBody=text)
        (message,) = self._client.receive_message(QueueUrl=self._facts, VisibilityTimeout=180)["Messages"]
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "attributes": {"ApproximateReceiveCount": str(tries)},
            "body": message["Body"],
        }

    def dead(self) -> list[tuple[str, str]]:
        """Body and reason of every dead letter."""
        found = []
        while messages := self._client.receive_message(
            QueueUrl=self._dead, MessageAttributeNames=["All"], MaxNumberOfMessages=10
        ).get("Messages"):
            found += [(each["Body"], each["MessageAttributes"]["reason"]["StringValue"]) for each in messages]
        return found


def batch(*bodies: str, tries: int = 1) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m-{each}",
                "receiptHandle": f"r-{each}",
                "attributes": {"ApproximateReceiveCount": str(tries)},
                "body": each,
            }
            for each in bodies
        ]
    }


@pytest.fixture
def books(tables: DynamoDBClient, enterprise: str) -> Books:
    return Books(tables, enterprise)


@pytest.fixture
def post(books: Books) -> Post:
    post = Post(boto3.client("sqs"), books, f"facts-{books.enterprise}", f"dead-{books.enterprise}")
    assert post.deliver(body("enterprise.configured", books.enterprise)) == []
    return post


# ------------------------------------------------------------------------------------------------ one batch


def test_a_poison_message_and_a_waiting_one_hold_no_neighbour_back(books: Books, post: Post) -> None:
    enterprise = books.enterprise
    poison = body("balance.topped_up", enterprise, currency="EUR")
    again = post.deliver(
        body("balance.topped_up", enterprise, amount_minor=1),
        poison,
        body("balance.topped_up", enterprise, amount_minor=10),
        body("promo.released", enterprise),
        "not even JSON",
        body("balance.topped_up", enterprise, amount_minor=100),
    )
    assert books.customer().balance_minor == 111
    assert again == [3]
    assert post.waits == [1]
    assert sorted(post.dead()) == sorted(
        [
            (poison, "currency: must be the enterprise's currency, QAR"),
            ("not even JSON", "body: Invalid JSON: expected ident at line 1 column 2"),
        ]
    )


def test_a_batch_may_bring_everything_at_once_in_any_order(books: Books, post: Post) -> None:
    told = [body(kind, books.enterprise) for kind in reversed(ABOUT_CUSTOMERS)]
    assert post.deliver(*told) == []
    assert post.dead() == []
    layla = books.customer()
    assert len(books.ledger_of(layla)) == len(ABOUT_CUSTOMERS)


def test_a_batch_that_comes_twice_changes_nothing_the_second_time(books: Books, post: Post) -> None:
    told = [body(kind, books.enterprise) for kind in OWN_FIELDS if kind not in ("promo.released", "promo.expired")]
    assert post.deliver(*told) == []
    after_one = books.everything() + str(books.rows(ENTERPRISES))
    assert post.deliver(*told, *told) == []
    assert books.everything() + str(books.rows(ENTERPRISES)) == after_one
    assert post.dead() == []


def test_the_door_itself_folds_and_refuses(books: Books) -> None:
    post = Post(boto3.client("sqs"), books, "FactsQueue", "DeadFactsQueue")
    assert post.deliver(body("enterprise.configured", books.enterprise), handler=fold_handler) == []
    wrong = body("balance.topped_up", books.enterprise, amount_minor=1.5)
    assert post.deliver(body("balance.topped_up", books.enterprise), wrong, handler=fold_handler) == []
    assert books.customer().balance_minor == 1000
    assert post.dead() == [(wrong, "amount_minor: Input should be a valid integer")]


# ---------------------------------------------------------------------------------------------- what waits


def test_facts_wait_for_their_enterprise(tables: DynamoDBClient, post: Post) -> None:
    newcomer = Books(tables, "newcomer-of-today")
    first = body("balance.topped_up", newcomer.enterprise)
    assert post.deliver(first) == [0]
    assert post.deliver(body("enterprise.configured", newcomer.enterprise), first) == []
    assert newcomer.customer().balance_minor == 1000


@pytest.mark.parametrize(
    ("kind", "about", "field"),
    [
        ("promo.released", {"phone": LAYLA}, "grant_id"),
        ("customer.verified", {"customer_id": "usr_1"}, "customer"),
        ("customer.verified", {"provider_customer_id": "pos-8841"}, "customer"),
    ],
)
def test_what_waits_comes_ever_later_and_is_refused_in_the_end(
    books: Books, post: Post, kind: str, about: dict[str, str], field: str
) -> None:
    waiting = body(kind, books.enterprise, about=about)
    for tries in range(1, MAX_TRIES):
        assert post.deliver(waiting, tries=tries) == [0]
    assert post.waits == sorted(post.waits)
    assert (post.waits[0], len(set(post.waits)), max(post.waits)) == (1, 8, 120)
    assert post.dead() == []

    assert post.deliver(waiting, tries=MAX_TRIES) == []
    ((kept, reason),) = post.dead()
    assert kept == waiting
    assert reason.startswith(f"{field}: no such")


def test_an_unknown_enterprise_is_refused_in_the_end_too(post: Post) -> None:
    assert post.deliver(body("customer.verified", "nobody"), tries=MAX_TRIES) == []
    assert [reason for _, reason in post.dead()] == ["enterprise_id: this enterprise has not been configured yet"]


def test_after_a_mend_a_refused_fact_is_applied_once(books: Books, post: Post) -> None:
    said = detail("balance.topped_up", books.enterprise)
    assert post.deliver(event("balance.topped_up", {**said, "currency": "EUR"})) == []
    assert books.find() is None
    mended = event("balance.topped_up", said)
    assert post.deliver(mended, mended) == []
    assert books.customer().balance_minor == 1000


# -------------------------------------------------------------------------------------------- what is refused


def _soon(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("balance.topped_up", {"amount_minor": 10.0}, "amount_minor"),
        ("balance.topped_up", {"amount_minor": 0.1}, "amount_minor"),
        ("balance.topped_up", {"amount_minor": True}, "amount_minor"),
        ("balance.topped_up", {"amount_minor": "1000"}, "amount_minor"),
        ("balance.topped_up", {"amount_minor": -1}, "amount_minor"),
        ("balance.topped_up", {"amount_minor": None}, "amount_minor"),
        ("balance.topped_up", {"currency": "EUR"}, "currency"),
        ("balance.topped_up", {"about": {}}, "customer"),
        ("balance.topped_up", {"about": {"phone": "Layla Hassan"}}, "customer.phone"),
        ("balance.topped_up", {"about": {"phone": "+974 3300 1122 ext 7"}}, "customer.phone"),
        ("balance.topped_up", {"about": {"phone": "\u202a+97433001122"}}, "customer.phone"),
        ("customer.registered", {"name": None}, "name"),
        ("customer.registered", {"name": ["Layla", "Hassan"]}, "name"),
        ("customer.registered", {"name": "Layla\nHassan"}, "name"),
        ("customer.registered", {"occurred_at": "2024-06-01T12:00:00"}, "occurred_at"),
        ("customer.registered", {"occurred_at": "yesterday, at Layla's"}, "occurred_at"),
        ("customer.registered", {"occurred_at": _soon(days=2)}, "occurred_at"),
        ("customer.registered", {"fact_id": None}, "fact_id"),
        ("provider_id.linked", {"provider_customer_id": "pos-8841\n"}, None),
        ("provider_id.linked", {"provider_customer_id": "pos\n8841"}, "provider_customer_id"),
        ("preferences.updated", {"preferences": {"oat milk": {"Layla": 1}}}, "preferences"),
        ("preferences.updated", {"preferences": {"Layla": ["oat milk"]}}, "preferences"),
        ("enterprise.configured", {"currency": "EUR"}, "currency"),
        ("enterprise.configured", {"currency": "Layla"}, "currency"),
    ],
)
def test_the_reason_names_the_field_and_quotes_nobody(
    books: Books, post: Post, log: io.StringIO, kind: str, fields: dict[str, Any], field: str | None
) -> None:
    message = body(kind, books.enterprise, **fields)
    assert post.deliver(message) == []
    dead = post.dead()
    if field is None:
        assert dead == []
        return
    ((kept, reason),) = dead
    assert kept == message
    assert reason.startswith(f"{field}: ")
    _quotes_nobody(reason)
    _quotes_nobody(log.getvalue())
    assert f'"reason":"{field}' in log.getvalue()


def test_a_type_that_is_not_known_is_refused_with_those_that_are(books: Books, post: Post) -> None:
    message = body("customer.verified", books.enterprise).replace("customer.verified", "customer.Layla")
    assert post.deliver(message) == []
    ((_, reason),) = post.dead()
    assert reason == f"detail-type: is not one of {', '.join(OWN_FIELDS)}"


def _quotes_nobody(text: str) -> None:
    text = text.replace("e.g. +97433001122", "")
    assert [planted for planted in PLANTED if planted in text] == []


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "[]",
        "{}",
        '"Layla Hassan"',
        "Layla Hassan, +97433001122",
        "\u0000\u0001",
        "\ufeff{}",
        "{" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"detail-type": "customer.registered"}',
        '{"detail-type": "customer.registered", "detail": null}',
        '{"detail-type": "customer.registered", "detail": "Layla Hassan"}',
        '{"detail-type": ["Layla"], "detail": {}}',
    ],
)
def test_what_is_no_event_is_refused(post: Post, text: str) -> None:
    assert post.handler(batch(text), None) == {"batchItemFailures": []}
    ((_, reason),) = post.dead()
    _quotes_nobody(reason)


@pytest.mark.parametrize(
    "value",
    ["NaN", "-Infinity", "1e999", "9" * 5000, '"\\ud800"', "[" * 300 + "]" * 300, '{"a": {"a": {}}}', "Layla", "01"],
)
@pytest.mark.parametrize("kind", ["customer.registered", "balance.topped_up", "preferences.updated"])
def test_hostile_values_are_refused(books: Books, post: Post, kind: str, value: str) -> None:
    own = next(iter(OWN_FIELDS[kind]))
    message = body(kind, books.enterprise, **{own: "@@"}).replace('"@@"', value)
    assert post.deliver(message) == []
    ((_, reason),) = post.dead()
    assert reason.startswith((f"{own}: ", "body: "))
    _quotes_nobody(reason)
    assert books.find() is None


def test_of_a_repeated_field_one_value_counts(books: Books, post: Post) -> None:
    message = body("balance.topped_up", books.enterprise)
    assert post.deliver(message.replace('"amount_minor": 1000', '"amount_minor": 5, "amount_minor": 7')) == []
    assert books.customer().balance_minor == 7
    assert [said["amount_minor"] for _, said in books.ledger_of(books.customer())] == [7]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([NAME, LAYLA, "", "\x00"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([NAME, "a"]), inner, max_size=2),
    max_leaves=4,
)
ANY_FIELD = sorted({name for fields in OWN_FIELDS.values() for name in fields} | {"fact_id", "occurred_at", "customer"})


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(OWN_FIELDS)), st.dictionaries(st.sampled_from(ANY_FIELD), JSON, min_size=1, max_size=3))
def test_no_message_whatever_raises_or_gets_stuck(
    books: Books, post: Post, log: io.StringIO, kind: str, fields: dict[str, Any]
) -> None:
    message = event(kind, {**detail(kind, books.enterprise, at=NOON), **fields})
    again = post.deliver(message, tries=MAX_TRIES)
    assert again == [], log.getvalue()
    _quotes_nobody(log.getvalue())


# ------------------------------------------------------------------------------------------------- the log


def test_nothing_that_is_logged_is_about_a_person(books: Books, post: Post, log: io.StringIO) -> None:
    """Applied, waiting, refused, crashed: whatever becomes of a fact, its line has figures and ids alone."""
    about = {"phone": LAYLA}
    told = [
        body("customer.registered", books.enterprise, about=about, name=NAME),
        body("preferences.updated", books.enterprise, about=about, preferences={"drink": "oat milk"}),
        body("provider_id.linked", books.enterprise, about=about, provider_customer_id="pos-8841"),
        body("customer.registered", books.enterprise, about=about, name=NAME, currency="EUR", occurred_at=NAME),
        body("customer.verified", books.enterprise, about={"provider_customer_id": "pos-8842"}),
    ]
    post.deliver(*told)

    def crash(messages: Sequence[Received]) -> list[Outcome]:
        raise ValueError(f"cannot take {messages}")

    post.deliver(*told, handler=consume("fold_facts", crash, post.queue))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["refused", "consumed", *["failed"] * 5, "consumed"]
    assert lines[1]["outcomes"] == {"applied": 3, "refused": 1, "waiting": 1}
    assert (lines[2]["error"], lines[2]["tries"], lines[-1]["outcomes"]) == ("ValueError", 1, {"failed": 5})
    assert lines[2]["raised_at"][-1].endswith(" crash")
    _quotes_nobody(log.getvalue())


# ---------------------------------------------------------------------------------------- whatever goes wrong


class Broken:
    """A queue that notes what it is asked, and answers nothing."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.asked: list[tuple[str, str]] = []

    def defer(self, receipt_handle: str, tries: int) -> None:
        self._ask("defer", f"{receipt_handle} {tries}")

    def refuse(self, body: str, reason: str) -> None:
        self._ask("refuse", f"{body} {reason}")

    def send(self, body: str, /, *, delay_seconds: int = 0) -> None:
        self._ask("send", f"{body} {delay_seconds}")

    def _ask(self, verb: str, what: str) -> None:
        self.asked.append((verb, what))
        if self.error:
            raise self.error


ENDS: dict[str, Outcome] = {
    "invalid": ValidationError("customer.phone", "is empty"),
    "cannot": CannotApply("currency", "is wrong"),
    "waits": NotYet("grant_id", "is not known"),
    "contended": Conflict(),
    "crash": ZeroDivisionError(NAME),
}


def take(messages: Sequence[Received]) -> list[Outcome]:
    return [ENDS.get(message.body, "applied") for message in messages]


ALL = ("fine", "invalid", "cannot", "waits", "contended", "crash", "fine too")


@pytest.mark.parametrize("tries", [1, MAX_TRIES - 1, MAX_TRIES, MAX_TRIES + 1])
def test_each_message_has_its_own_end(tries: int) -> None:
    queue = Broken(None)
    failures = consume("fold_facts", take, queue)(batch(*ALL, tries=tries), None)["batchItemFailures"]
    deferred = [] if tries >= MAX_TRIES else ["waits", "contended", "crash"]
    assert [failure["itemIdentifier"] for failure in failures] == [f"m-{each}" for each in deferred]
    refused = [("refuse", "invalid customer.phone: is empty"), ("refuse", "cannot currency: is wrong")]
    if not deferred:
        refused += [
            ("refuse", "waits grant_id: is not known"),
            ("refuse", "contended failed 12 times: Conflict at nowhere"),
            ("refuse", "crash failed 12 times: ZeroDivisionError at nowhere"),
        ]
    assert queue.asked == refused + [("defer", f"r-{each} {tries}") for each in deferred]


def test_a_queue_that_does_not_answer_loses_no_message(log: io.StringIO) -> None:
    """What could not be refused is not done with, and what could not be hastened comes back all the same."""
    queue = Broken(ReadTimeoutError(endpoint_url="https://sqs"))
    failures = consume("fold_facts", take, queue)(batch(*ALL), None)["batchItemFailures"]
    expected = ["m-invalid", "m-cannot", "m-waits", "m-contended", "m-crash"]
    assert [failure["itemIdentifier"] for failure in failures] == expected
    left = [line for line in map(json.loads, log.getvalue().splitlines()) if line["message"] == "left"]
    assert [(line["message_id"], line["error"]) for line in left] == [(each, "ReadTimeoutError") for each in expected]


def test_a_table_that_does_not_answer_costs_a_batch_about_one_customer_one_request(books: Books, post: Post) -> None:
    asked: list[str] = []

    def hang(model: OperationModel, **_: Any) -> None:
        asked.append(model.name)
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    client = dynamodb()
    client.meta.events.register_first("before-call.dynamodb", hang)
    take = folding(books.registry.settings, books.registry.post, ledger(client), anyone)
    outcomes = take([Received(body("balance.topped_up", books.enterprise), datetime.now(UTC)) for _ in range(10)])
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert asked == ["GetItem"]


def test_a_batch_that_may_not_read_together_is_folded_one_by_one_and_says_so(
    books: Books, post: Post, log: io.StringIO
) -> None:
    """As with a right that is missing, or a key that is too long."""

    def refuse(**_: Any) -> None:
        raise PermissionError

    client = dynamodb()
    client.meta.events.register_first("before-call.dynamodb.BatchGetItem", refuse)
    take = folding(books.registry.settings, books.registry.post, ledger(client), anyone)
    facts = [body("balance.topped_up", books.enterprise, about=phone) for phone in (LAYLA, "+97433002233")]
    assert take([Received(each, datetime.now(UTC)) for each in facts]) == ["applied"] * 2
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["level"], line["message"], line["error"]) == ("WARNING", "read_alone", "PermissionError")


def test_a_table_that_does_not_answer_costs_a_batch_about_many_customers_one_request(books: Books, post: Post) -> None:
    asked: list[str] = []

    def hang(model: OperationModel, **_: Any) -> None:
        asked.append(model.name)
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    client = dynamodb()
    client.meta.events.register_first("before-call.dynamodb", hang)
    take = folding(books.registry.settings, books.registry.post, ledger(client), anyone)
    bodies = [body("balance.topped_up", books.enterprise, about=f"+9743300{number:04}") for number in range(9)]
    outcomes = take([Received(each, datetime.now(UTC)) for each in ("{", *bodies)])
    assert [type(outcome) for outcome in outcomes] == [CannotApply, *[Unavailable] * 9]
    assert asked == ["BatchGetItem"]


@pytest.mark.parametrize("module", ["fold_facts", "fold_bulk_facts"])
def test_a_source_speaks_for_its_enterprises_alone_also_in_a_replay(
    books: Books, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    books.registry.post(enterprise_fact("enterprise.configured", books.enterprise))
    bound = json.dumps({"partner.till": [books.enterprise]}).encode()
    monkeypatch.setenv("SOURCE_ENTERPRISES", base64.urlsafe_b64encode(bound).decode())
    monkeypatch.delitem(sys.modules, f"events.{module}", raising=False)
    take = import_module(f"events.{module}").take
    monkeypatch.delitem(sys.modules, f"events.{module}")
    told = json.loads(body("balance.topped_up", books.enterprise))
    sources = ("partner.till", "partner.other")
    applied, refused = take([Received(json.dumps({**told, "source": each}), datetime.now(UTC)) for each in sources])
    assert applied == "applied"
    assert str(refused) == "source: may not speak for this enterprise"


def test_an_empty_batch_is_no_trouble() -> None:
    assert consume("fold_facts", take, Broken(None))({"Records": []}, None) == {"batchItemFailures": []}
