"""One effect and one answer for a request that writes, with any other writers and crashes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.events import RECORD_EVENT
from customers.catalogue.operation import TERMINAL, Operation
from customers.catalogue.till.lookup import LOOKUP
from customers.domain.customers.status import UNKNOWN_ID
from customers.domain.enterprise import Settings
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import NotFound
from customers.edge.http.openapi.document import openapi
from customers.edge.http.serve import Answer, Handler
from customers.edge.http.writing import ATTEMPTS, WritingCall, serve_writing
from customers.store.customers.keys import customer_key
from customers.store.customers.profiles import Profiles
from customers.store.dynamodb import transactions
from customers.store.events.recorded_events import RecordedEvents
from customers.store.idempotency import IdempotencyRecords, put_idempotency_record
from customers.wire.http.idempotency import IDEMPOTENCY_KEY
from customers.wire.http.request import Request
from customers.wire.identifiers.paths import ID_IN_PATH, read_id
from events.record_event import record_event
from tests.operations.conftest import LAYLA, Shop
from tests.support.books import interrupting
from tests.support.crashes import WRITE
from tests.support.http.gateway import Reply
from tests.support.recording import CHECK_IN, answers, events, outbox, record, stored

pytestmark = pytest.mark.usefixtures("naps")
WRITTEN = "after-call.dynamodb.TransactWriteItems"


def handler_over(client: DynamoDBClient, operation: Any = RECORD_EVENT) -> Handler:
    handle = partial(
        record_event,
        profiles=Profiles(client, "CustomersTable"),
        events=RecordedEvents(client, "CustomersTable", "RecordsTable", "ReceiptsTable"),
    )
    return serve_writing(operation, handle, IdempotencyRecords(client, "ReceiptsTable", "RecordsTable").find)


@contextmanager
def behind(moment: str, act: Callable[[], None]) -> Iterator[None]:
    """Meanwhile requests are served by way of a client that does `act` at each such moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("events.record_event.handler", handler_over(interrupting(moment, act)))
        yield


def once_told(tables: DynamoDBClient, shop: Shop, event_id: str) -> None:
    """One event is stored, to be published once, with one receipt."""
    assert [row["sk"]["S"].rpartition("#")[2] for row in events(tables, shop)] == [event_id]
    assert [json.loads(row["detail"]["S"])["event_id"] for row in outbox(tables, shop)] == [event_id]
    assert len(answers(tables, shop.enterprise)) == 1


# ------------------------------------------------------------------------------------------ crashes


def test_a_reader_sees_event_receipt_and_outbox_together_or_not_at_all(
    shop: Shop, tables: DynamoDBClient, layla: str
) -> None:
    def look() -> str:
        return json.dumps(stored(tables, shop.enterprise), default=bytes.hex)

    states = [look()]
    with behind("before-call.dynamodb", lambda: states.append(look())):
        record(shop)
    assert set(states) == {states[0]}
    assert look() != states[0]


# ------------------------------------------------------------------------------------------ races


class IdempotencyKey:
    """Does something the first time."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = [act]
        self.came: Any = None

    def __call__(self) -> None:
        if self._act:
            self.came = self._act.pop()()


def test_of_two_requests_with_one_key_the_slower_is_a_422(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    other = IdempotencyKey(lambda: _direct(tables, shop, {"event_type": "feedback"}))
    with behind(WRITE, other):
        told = record(shop, key="k")
    assert (told.status, told.body["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    once_told(tables, shop, json.loads(other.came["body"])["data"]["event"]["event_id"])


def _direct(tables: DynamoDBClient, shop: Shop, body: Any = CHECK_IN) -> dict[str, Any]:
    """The same request, served by a function of its own."""
    event = {
        "multiValueQueryStringParameters": None,
        "multiValueHeaders": {"Idempotency-Key": ["k"]},
        "pathParameters": {"customer": LAYLA},
        "requestContext": {"requestId": "req-2", "authorizer": shop.till.context()},
        "body": json.dumps(body),
    }
    return handler_over(tables)(event, None)


def test_who_is_shut_off_meanwhile_is_a_stranger(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    with behind(WRITE, IdempotencyKey(shop.disabled_layla)):
        told = record(shop)
    assert (told.status, told.data) == (200, {"status": "not_found", "event": None})
    assert events(tables, shop) == outbox(tables, shop) == answers(tables, shop.enterprise) == []


def at_her_phone(tables: DynamoDBClient, shop: Shop) -> Any:
    return tables.get_item(TableName="CustomersTable", Key=customer_key(shop.enterprise, Phone(LAYLA)))["Item"]


def test_who_is_gone_meanwhile_is_a_stranger(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    row = at_her_phone(tables, shop)
    with behind(WRITE, IdempotencyKey(lambda: tables.delete_item(TableName="CustomersTable", Key={"pk": row["pk"]}))):
        told = record(shop)
    assert (told.status, told.data["status"]) == (200, "not_found")
    assert events(tables, shop) == answers(tables, shop.enterprise) == []


def test_whose_phone_it_is_by_then_has_the_event(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    row = at_her_phone(tables, shop)
    another: Any = {**row, "customer_id": {"S": "usr_another"}}
    with behind(WRITE, IdempotencyKey(lambda: tables.put_item(TableName="CustomersTable", Item=another))):
        told = record(shop)
    assert (told.status, told.data["event"]["customer_id"]) == (201, "usr_another")
    assert [row["pk"]["S"] for row in events(tables, shop)] == [f"{shop.enterprise}#usr_another"]


def test_a_fact_that_comes_between_is_no_hindrance(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    with behind(WRITE, IdempotencyKey(lambda: shop.told("customer.registered", LAYLA, name="Leila"))):
        assert record(shop).status == 201
    assert len(events(tables, shop)) == 1


# ------------------------------------------------------------------------------------------ what DynamoDB refuses


def refusing(tables: DynamoDBClient, code: str, reasons: list[str], times: int) -> Callable[[], None]:
    turned_down: list[str] = []

    def turn_down() -> None:
        if len(turned_down) < times:
            turned_down.append(code)
            kind: Any = getattr(tables.exceptions, code, ClientError)
            raise kind(
                {
                    "Error": {"Code": code, "Message": ""},
                    "CancellationReasons": [{"Code": reason} for reason in reasons],
                    "ResponseMetadata": {"HTTPStatusCode": 500 if code == "InternalServerError" else 400},
                },
                "TransactWriteItems",
            )

    return turn_down


CONFLICTS: list[tuple[str, list[str]]] = [
    ("TransactionCanceledException", ["TransactionConflict", "None", "None", "None"]),
    ("TransactionCanceledException", ["None", "TransactionConflict", "None", "None"]),
    ("TransactionConflictException", []),
    ("TransactionInProgressException", []),
]


@pytest.mark.parametrize(("code", "reasons"), CONFLICTS)
def test_a_conflict_is_tried_again(
    shop: Shop,
    tables: DynamoDBClient,
    naps: list[float],
    layla: str,
    code: str,
    reasons: list[str],
) -> None:
    with behind(WRITE, refusing(tables, code, reasons, times=3)):
        told = record(shop)
    assert (told.status, told.body["meta"]["idempotency_replayed"]) == (201, False)
    assert len(naps) == 3
    once_told(tables, shop, told.data["event"]["event_id"])


@pytest.mark.parametrize(("code", "reasons"), CONFLICTS)
def test_who_is_always_overtaken_is_asked_to_come_again(
    shop: Shop,
    tables: DynamoDBClient,
    naps: list[float],
    layla: str,
    code: str,
    reasons: list[str],
) -> None:
    before = stored(tables, shop.enterprise)
    with behind(WRITE, refusing(tables, code, reasons, times=99)):
        told = record(shop, key="k")
    assert (told.status, told.headers["Retry-After"]) == (409, "1")
    assert told.body["error"]["code"] == "IDEMPOTENCY_IN_PROGRESS"
    assert len(naps) == ATTEMPTS - 1
    # A till waits for it.
    assert sum(naps) < 2
    assert stored(tables, shop.enterprise) == before
    assert record(shop, key="k").status == 201


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_dynamodb_that_asks_for_patience_is_a_503_and_nothing_is_changed(
    shop: Shop, tables: DynamoDBClient, layla: str, reason: str
) -> None:
    before = stored(tables, shop.enterprise)
    with behind(WRITE, refusing(tables, "TransactionCanceledException", ["None", reason], times=99)):
        told = record(shop)
    assert (told.status, told.headers["Retry-After"]) == (503, "1")
    assert "nothing was changed" in told.body["error"]["message"]
    assert stored(tables, shop.enterprise) == before


@pytest.mark.parametrize(
    ("code", "status", "word"),
    [
        ("ThrottlingException", 503, "nothing was changed"),
        ("InternalServerError", 503, "same Idempotency-Key"),
        ("AccessDeniedException", 500, "request id"),
    ],
)
def test_a_fault_of_the_write_is_told_for_what_it_is(
    shop: Shop, tables: DynamoDBClient, layla: str, code: str, status: int, word: str
) -> None:
    with behind(WRITE, refusing(tables, code, [], times=99)):
        told = record(shop)
    assert told.status == status
    assert word in told.body["error"]["message"]


# ------------------------------------------------------------------------------------------ operations


def test_a_key_is_its_operations_own(
    shop: Shop, tables: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, layla: str
) -> None:
    first = record(shop, key="k")
    another = handler_over(tables, replace(RECORD_EVENT, name="another"))
    with monkeypatch.context() as patch:
        patch.setattr("events.record_event.handler", another)
        second = record(shop, {"event_type": "feedback"}, key="k")
    assert (first.status, second.status, second.body["meta"]["idempotency_replayed"]) == (201, 201, False)
    assert len(events(tables, shop)) == 2


@dataclass(frozen=True)
class ById:
    """A request that names somebody by an id and says no more."""

    customer_id: str

    @staticmethod
    def read(request: Request, _settings: Settings) -> ById:
        return ById(read_id(request))

    def payload(self) -> dict[str, Any]:
        return {"customer_id": self.customer_id}


REMOVE = Operation(
    "remove",
    "DELETE",
    "/customers/{id}",
    "planned",
    TERMINAL,
    "Remove.",
    handler="identity.remove",
    read=ById.read,
    parameters=(ID_IN_PATH, IDEMPOTENCY_KEY),
    answer=dict,
)
"""An operation without a body, of a customer who is named by id."""


def remove(handle: Callable[[WritingCall[ById]], Answer], tables: DynamoDBClient, shop: Shop, customer: str) -> Reply:
    event = {
        "multiValueQueryStringParameters": None,
        "multiValueHeaders": {"Idempotency-Key": ["k"]},
        "pathParameters": {"customer": customer},
        "requestContext": {"requestId": "req-1", "authorizer": shop.till.context()},
        "body": None,
    }
    told = serve_writing(REMOVE, handle, IdempotencyRecords(tables, "ReceiptsTable", "RecordsTable").find)(event, None)
    return Reply(told["statusCode"], told["headers"], json.loads(told["body"]))


@pytest.mark.parametrize("customer", ["usr_unknown", "no id", "+97433001122"])
def test_of_an_id_that_is_nobodys_there_is_a_404_and_no_receipt(
    shop: Shop, tables: DynamoDBClient, customer: str
) -> None:
    def find_nobody(_call: WritingCall[ById]) -> Answer:
        raise NotFound("id", UNKNOWN_ID)

    told, again = (remove(find_nobody, tables, shop, customer) for _ in range(2))
    assert (told.status, told.body["error"]["code"]) == (404, "NOT_FOUND")
    assert told.body == again.body
    assert answers(tables, shop.enterprise) == []


def test_an_answer_about_no_customer_is_replayed_like_any_other(shop: Shop, tables: DynamoDBClient) -> None:
    def act(call: WritingCall[ById]) -> Answer:
        answer = Answer({"session_id": str(uuid.uuid4())}, status=201)
        put = put_idempotency_record("ReceiptsTable", call.enterprise, call.idempotency_key, call.record(answer))
        transactions.commit(tables, put)
        return answer

    first, again = (remove(act, tables, shop, "usr_1") for _ in range(2))
    assert (first.status, again.status, again.data) == (201, 201, first.data)
    assert again.body["meta"]["idempotency_replayed"] is True
    (record,) = answers(tables, shop.enterprise)
    assert "customer_key" not in record


def test_the_page_of_an_operation_without_body_and_by_id_says_what_can_come_of_it() -> None:
    told = openapi([REMOVE])["paths"]["/customers/{id}"]["delete"]
    assert set(told["responses"]) == {*("200", "400", "401", "403", "404", "409", "422", "429", "500", "503")}
    assert "requestBody" not in told


def test_an_operation_that_takes_no_key_cannot_be_served_as_one_that_writes() -> None:
    operation: Any = LOOKUP
    with pytest.raises(ValueError, match="lookup takes no idempotency key"):
        serve_writing(operation, lambda _call: Answer({}), lambda _enterprise, _once: None)
