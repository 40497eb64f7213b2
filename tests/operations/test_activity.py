"""The activity log: every admitted request of an administrator leaves one entry, whatever comes between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from customers.catalogue.data_subject_rights import ACTIVITY, ERASE, EXPORT
from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import ADMIN, Operation
from customers.domain.refusals import Conflict, Unavailable
from customers.edge.auth.principal import Principal
from customers.store.client_errors import ServiceError
from customers.store.dynamodb.client import connect
from tests.operations.conftest import LAYLA, Clock, Shop
from tests.operations.writes import WRITES
from tests.support.crashes import Crash, crash
from tests.support.dynamodb import in_memory
from tests.support.erasure.registered import something_to_list
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of, stored

BUILT = [each for each in OPERATIONS if each.handler]
LOGGED = [each for each in BUILT if each.callers == ADMIN and each.name != "stats"]
CALLS = ("GetItem", "Query", "BatchGetItem", "PutItem", "TransactWriteItems", "UpdateItem")
REASON = "ticket 4711"


def of(operations: list[Operation[Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda each: each.name)


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = SimpleNamespace(sleep=lambda _: None)
    monkeypatch.setattr("customers.retries.time", nowhere)


@pytest.fixture
def send(operation: Operation[Any], shop: Shop, tables: DynamoDBClient, bucket: S3Client) -> Callable[..., Reply]:
    """The example, about Layla: a write as the tests of writes send it."""
    shop.told_of_layla()
    if operation.writes:
        assert operation.name in WRITES, "say in tests/operations/writes.py what is sent to it"
        write = WRITES[operation.name](shop, tables)[0]

        def write_it(key: str = "k", principal: Principal | None = None, **headers: str) -> Reply:
            sent = {"Idempotency-Key": key, **headers}
            who = principal or write.principal
            return call(operation.method, write.path, write.query, who, headers=sent, body=write.body)

        return write_it
    of_layla = id_of(tables, shop)
    if operation.path.startswith("/erasures/"):
        of_layla = something_to_list(tables, shop.enterprise)

    def read_it(_key: str = "", principal: Principal | None = None, **headers: str) -> Reply:
        path = operation.path.replace("{id}", of_layla)
        who = principal or shop.admin(*filter(None, [operation.permission]))
        return call(operation.method, path, "", who, headers=headers, body=operation.body_example)

    return read_it


def entries(tables: DynamoDBClient, shop: Shop) -> list[dict[str, Any]]:
    """All of the enterprise's, oldest first, as they lie there."""
    rows = in_memory.rows_of("ActivityTable", shop.enterprise)
    plain = [{name: next(iter(value.values())) for name, value in row.items()} for row in rows]
    return sorted(plain, key=lambda row: row["place"])


def outcomes(tables: DynamoDBClient, shop: Shop) -> list[str]:
    return [each["outcome"] for each in entries(tables, shop)]


def read(shop: Shop, query: str = "", principal: Principal | None = None) -> Reply:
    reply = call("GET", "/activity", query, principal or shop.admin("activity:READ"))
    conforms(ACTIVITY, reply)
    return reply


# ------------------------------------------------------------------------------------- one entry a request


def test_what_is_logged_is_what_administrators_alone_may_call() -> None:
    assert {each.name for each in BUILT if each.logged} == {each.name for each in LOGGED}


@of(LOGGED)
def test_an_answer_leaves_one_entry_of_who_did_what(
    operation: Operation[Any], send: Callable[..., Reply], shop: Shop, tables: DynamoDBClient
) -> None:
    reply = send(**{"Audit-Reason": REASON})
    assert reply.status == 200, reply.body
    (entry,) = entries(tables, shop)
    told = {name: entry[name] for name in ("operation", "issuer", "subject", "jti", "request_id", "outcome", "reason")}
    assert told == {
        "operation": operation.name,
        "issuer": "https://identity.test",
        "subject": "office-1",
        "jti": "token-1",
        "request_id": reply.request_id,
        "outcome": "done",
        "reason": REASON,
    }
    assert (entry["status"], entry["count"]) == ("200", "1")
    if "/customers/{id}" in operation.path:
        assert entry["customer_id"].startswith("usr_")
    if "/erasures/{id}" in operation.path:
        assert entry["erasure_id"].startswith("era_")
    named = {name: reply.data[name] for name in ("erasure_id", "absorbed_customer_id") if name in reply.data}
    assert {name: entry[name] for name in named} == named
    assert ("export_id" in entry) == (operation is EXPORT)


@of([each for each in LOGGED if each.writes])
def test_a_write_s_entry_is_in_the_transaction_of_its_effect(
    send: Callable[..., Reply], shop: Shop, requests: list[str], operation: Operation[Any]
) -> None:
    requests.clear()
    assert send().status == 200
    assert [each for each in requests if each not in ("GetItem", "Query", "BatchGetItem")] == ["TransactWriteItems"]


@of([each for each in LOGGED if each.writes])
def test_a_second_administrator_who_replays_a_key_has_an_entry_of_their_own(
    send: Callable[..., Reply], shop: Shop, tables: DynamoDBClient, operation: Operation[Any]
) -> None:
    first = send()
    second = replace(shop.admin(*filter(None, [operation.permission])), subject="office-2", jti="token-2")
    again = send(principal=second)
    assert again.body["meta"]["idempotency_replayed"]
    done, replayed = entries(tables, shop)
    assert [(each["subject"], each["jti"], each["outcome"]) for each in (done, replayed)] == [
        ("office-1", "token-1", "done"),
        ("office-2", "token-2", "replayed"),
    ]
    ids = ("customer_id", "erasure_id", "absorbed_customer_id")
    assert {name: replayed.get(name) for name in ids} == {name: done.get(name) for name in ids}
    assert first.data == again.data


@of(LOGGED)
def test_who_is_not_admitted_leaves_none_and_who_is_refused_leaves_one(
    operation: Operation[Any], send: Callable[..., Reply], shop: Shop, tables: DynamoDBClient
) -> None:
    assert send(principal=shop.expired()).status == 401
    assert send(principal=shop.till).status == 401
    assert send(principal=shop.admin("customer:NONE")).status == 403
    assert entries(tables, shop) == []
    path = operation.path.replace("{id}", "usr_0")
    may = shop.admin(*filter(None, [operation.permission]))
    refused = call(operation.method, path, "surely_not=1", may, headers={"Audit-Reason": REASON})
    assert refused.status == 400
    (entry,) = entries(tables, shop)
    names_customer = "{id}" in operation.path
    # Nobody has this id, as if its customer were erased: then no words are kept.
    told = (entry["outcome"], entry["status"], entry.get("reason"))
    assert told == ("refused", "400", None if names_customer else REASON)
    assert entry.get("customer_id") == ("usr_0" if names_customer else None)


@pytest.mark.slow
@of(LOGGED)
def test_a_crash_between_any_two_calls_leaves_no_effect_without_its_entry(
    operation: Operation[Any], send: Callable[..., Reply], shop: Shop, tables: DynamoDBClient
) -> None:
    """Nor a second entry: what commits its effect, or is about to be answered, has exactly one."""
    quiet = effects(tables, shop)
    for number in range(operation.budget + 2):
        for moment in ("before-call", "after-call"):
            before = len(entries(tables, shop))
            changed = effects(tables, shop)
            with Crashing(moment, number) as crashed, suppress(Crash):
                send(key=f"{moment}-{number}")
            if not crashed:
                return
            left = entries(tables, shop)[before:]
            assert len(left) <= 1
            if effects(tables, shop) != changed:
                assert [each["outcome"] for each in left] == ["done"], (moment, number)
    assert effects(tables, shop) != quiet or not operation.writes


@pytest.mark.slow
@of([each for each in LOGGED if each.writes])
def test_killed_between_any_two_calls_and_sent_again_there_is_one_entry_of_who_did_it(
    operation: Operation[Any], send: Callable[..., Reply], shop: Shop, tables: DynamoDBClient
) -> None:
    kept = in_memory.keep()
    for number in range(operation.budget + 4):
        for moment in ("before-call", "after-call"):
            in_memory.put_back(kept)
            with Crashing(moment, number) as crashed, suppress(Crash):
                send(**{"Audit-Reason": REASON})
            done = outcomes(tables, shop)
            assert done in ([], ["done"]), (moment, number)
            assert send(**{"Audit-Reason": REASON}).status == 200
            assert outcomes(tables, shop) == (["done", "replayed"] if done else ["done"]), (moment, number)
            if not crashed:
                return
    raise AssertionError("it makes more calls than it may")


def effects(tables: DynamoDBClient, shop: Shop) -> str:
    """Everything else that is stored."""
    return json.dumps(stored(tables, shop.enterprise), sort_keys=True, default=str)


class Crashing:
    """Stops the process at the nth call of DynamoDB, before it is made or after."""

    def __init__(self, moment: str, number: int) -> None:
        self._moment, self._number, self._seen = moment, number, 0
        self._crashed: list[bool] = []

    def __enter__(self) -> list[bool]:
        for name in CALLS:
            connect().meta.events.register_first(f"{self._moment}.dynamodb.{name}", self._hook)
        return self._crashed

    def __exit__(self, *_: object) -> None:
        for name in CALLS:
            connect().meta.events.unregister(f"{self._moment}.dynamodb.{name}", self._hook)

    def _hook(self, **_: object) -> None:
        self._seen += 1
        if self._seen == self._number + 1:
            self._crashed.append(True)
            crash()


@of(LOGGED)
def test_a_request_that_cannot_be_noted_is_not_answered(
    operation: Operation[Any], send: Callable[..., Reply], shop: Shop, tables: DynamoDBClient
) -> None:
    before = effects(tables, shop)
    failing = {"PutItem", "TransactWriteItems", "UpdateItem"}

    def fail(**_: object) -> None:
        answer = {"Error": {"Code": "InternalServerError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
        raise ServiceError(answer, "a write")

    events = connect().meta.events
    for name in failing:
        events.register_first(f"before-call.dynamodb.{name}", fail)
    try:
        reply = send()
    finally:
        for name in failing:
            events.unregister(f"before-call.dynamodb.{name}", fail)
    assert (reply.status, reply.body["data"]) == (503, None)
    assert effects(tables, shop) == before


def test_a_preview_says_that_nothing_was_changed(shop: Shop, tables: DynamoDBClient, bucket: S3Client) -> None:
    shop.told_of_layla()
    path = f"/customers/{id_of(tables, shop)}"
    shown = call("DELETE", path, "dry_run=true", shop.admin("customer:DELETE"), headers={"Idempotency-Key": "k"})
    assert shown.status == 200
    (entry,) = entries(tables, shop)
    assert (entry["operation"], entry["outcome"]) == (ERASE.name, "unchanged")
    refused = call("DELETE", path, "", shop.admin("customer:DELETE"), headers={"Idempotency-Key": "k"})
    assert refused.status == 400
    assert outcomes(tables, shop) == ["unchanged", "refused"]


def test_a_till_s_lookup_leaves_none_and_its_log_line_names_the_caller(
    shop: Shop, tables: DynamoDBClient, log: Any
) -> None:
    assert shop.lookup("phone=%2B97433001122").status == 200
    assert call("GET", "/customers/lookup", "phone=%2B97433001122", shop.admin()).status == 200
    assert entries(tables, shop) == []
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["subject"] for line in lines if line["operation"] == "lookup"] == ["till-7", "office-1"]


@pytest.mark.parametrize("reason", ["", " ", "x" * 201, "two\nlines", ["one", "two"]])
def test_what_is_no_reason_is_a_400_that_leaves_an_entry_without_it(
    shop: Shop, tables: DynamoDBClient, reason: Any
) -> None:
    reply = call("GET", "/activity", "", shop.admin("activity:READ"), headers={"Audit-Reason": reason})
    assert (reply.status, reply.body["error"]["details"][0]["field"]) == (400, "Audit-Reason")
    (entry,) = entries(tables, shop)
    assert entry["outcome"] == "refused"
    assert "reason" not in entry


# -------------------------------------------------------------------------------------------------- polls


@pytest.mark.slow
def test_thirty_polls_of_one_running_export_are_one_entry_for_each_who_polls(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.told_of_layla()
    monkeypatch.setattr("customers.store.export.export_source.AT_ONCE", 1)
    path, may = f"/customers/{id_of(tables, shop)}/export", shop.admin("customer:EXPORT")
    other = replace(may, subject="office-2")
    assert {call("GET", path, "", may).status for _ in range(30)} == {202}
    assert [call("GET", path, "", other).status for _ in range(2)] == [202, 202]
    first, second = entries(tables, shop)
    assert [(each["subject"], each["count"], each["outcome"]) for each in (first, second)] == [
        ("office-1", "30", "pending"),
        ("office-2", "2", "pending"),
    ]
    assert first["at"] < first["last_at"]
    shown = read(shop, "operation=export").data["entries"][-1]
    assert (shown["count"], shown["subject"]) == (30, "office-1")
    assert [shown[name] for name in ("at", "last_at")] == [f"{first[name][:19]}Z" for name in ("at", "last_at")]


def test_a_poll_that_is_sent_twice_by_the_client_counts_once(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client
) -> None:
    from datetime import UTC, datetime

    from customers.domain.activity_log import ActivityEntry
    from customers.store.activity_log.log import ActivityLog

    log = ActivityLog.connect()
    entry = ActivityEntry("act_1", datetime.now(UTC), "export", "i", "s", "j", "r").polling("job")
    for each in (entry, entry, replace(entry, id="act_2")):
        log.note(shop.enterprise, each)
    (row,) = entries(tables, shop)
    assert row["count"] == "2"


def test_an_entry_that_others_overtake_all_the_time_is_no_answer(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.told_of_layla()

    def overtaken(*_: object) -> None:
        raise Conflict

    monkeypatch.setattr("customers.store.activity_log.log.transactions.commit_once", overtaken)
    answer = call("GET", f"/customers/{id_of(tables, shop)}/context", "", shop.admin("customer:CONTEXT"))
    assert (answer.status, answer.body["error"]["code"]) == (503, "UPSTREAM_UNAVAILABLE")
    assert entries(tables, shop) == []


@pytest.mark.parametrize("why", [Conflict, Unavailable])
def test_a_fault_stays_a_fault_where_its_entry_cannot_be_written(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client, monkeypatch: pytest.MonkeyPatch, why: type[Exception]
) -> None:
    shop.told_of_layla()
    path, may = f"/customers/{id_of(tables, shop)}/context", shop.admin("customer:CONTEXT")

    def fails(*_: object) -> None:
        raise why

    monkeypatch.setattr("customers.store.activity_log.log.transactions.commit_once", fails)
    monkeypatch.setattr("customers.store.customers.customers_by_id.CustomersById.parts", lambda *_: 1 / 0)
    answer = call("GET", path, "", may)
    assert (answer.status, answer.body["error"]["code"]) == (500, "INTERNAL_ERROR")


# --------------------------------------------------------------------------------------------------- pages


def test_pages_are_newest_first_by_customer_by_person_and_by_operation(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client
) -> None:
    shop.told_of_layla()
    of_layla = id_of(tables, shop)
    one = shop.admin("customer:CONTEXT", "customer:SEARCH")
    two = (one, replace(one, subject="office-2"))
    for _ in range(3):
        call("GET", f"/customers/{of_layla}/context", "", two[0])
        call("GET", f"/customers/{of_layla}/context", "", two[1])
        call("POST", "/customers/search", "", two[0], body={})
    other = Shop(f"{shop.enterprise}-other")
    assert read(other).data["entries"] == []
    by = {
        "": 9,
        f"customer_id={of_layla}": 6,
        "subject=office-1": 6,
        "subject=office-2": 3,
        "operation=search": 3,
        "customer_id=usr_0": 0,
        "operation=erase": 0,
    }
    reader = replace(shop.admin("activity:READ"), subject="auditor")
    for query, count in by.items():
        found = [each for each in paged(shop, query, reader) if each["operation"] != "activity"]
        assert len(found) == count, query
        assert found == sorted(found, key=lambda each: each["at"], reverse=True)


def paged(shop: Shop, query: str, reader: Principal) -> Iterator[dict[str, Any]]:
    """All pages, of two."""
    cursor = ""
    while True:
        page = read(shop, "&".join(filter(None, [query, "limit=2", cursor and f"cursor={cursor}"])), reader).data
        yield from page["entries"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("customer_id=layla", "customer_id"),
        ("subject=%20", "subject"),
        ("operation=%2B97433001122", "operation"),
        ("customer_id=usr_0&operation=erase", "operation"),
    ],
)
def test_what_cannot_be_asked_is_named(shop: Shop, query: str, field: str) -> None:
    reply = read(shop, query)
    assert (reply.status, reply.body["error"]["details"][0]["field"]) == (400, field)


def test_of_two_that_cannot_be_asked_together_both_are_named(shop: Shop) -> None:
    (detail,) = read(shop, "customer_id=usr_0&operation=erase").body["error"]["details"]
    assert detail["issue"] == "was sent together with customer_id; pass one of the two"


def test_a_cursor_is_good_for_its_query_and_enterprise(shop: Shop) -> None:
    for _ in range(3):
        read(shop)
    cursor = read(shop, "operation=activity&limit=1").data["next_cursor"]
    assert read(shop, f"cursor={cursor}").status == 400
    assert read(Shop(f"{shop.enterprise}-other"), f"operation=activity&cursor={cursor}").status == 400
    assert read(shop, f"operation=activity&limit=2&cursor={cursor}").status == 200


def test_the_budget_is_kept(shop: Shop, tables: DynamoDBClient, bucket: S3Client, requests: list[str]) -> None:
    shop.told_of_layla()
    call("GET", f"/customers/{id_of(tables, shop)}/context", "", shop.admin("customer:CONTEXT"))
    requests.clear()
    assert len(read(shop).data["entries"]) == 1
    assert len(requests) == ACTIVITY.budget


def test_after_its_days_an_entry_is_not_shown(shop: Shop, clock: Clock) -> None:
    read(shop)
    clock.forward(days=399)
    later = replace(shop.admin("activity:READ"), expires_at=clock.at.replace(year=clock.at.year + 5))
    assert len(read(shop, "", later).data["entries"]) == 1
    clock.forward(days=2)
    assert [each["at"] for each in read(shop, "", later).data["entries"]] != []
    assert len(read(shop, "", later).data["entries"]) == 2


# ------------------------------------------------------------------------------------------------- erasure


def test_from_the_erasure_on_the_words_are_not_shown_and_what_was_done_is(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client
) -> None:
    shop.told_of_layla()
    shop.told("balance.settled", LAYLA, amount_minor=12500, currency="QAR")
    of_layla = id_of(tables, shop)
    words = {"Audit-Reason": "Layla called"}
    call("GET", f"/customers/{of_layla}/context", "", shop.admin("customer:CONTEXT"), headers=words)
    assert [each["reason"] for each in read(shop, f"customer_id={of_layla}").data["entries"]] == ["Layla called"]
    erase = shop.admin("customer:DELETE")
    assert call("DELETE", f"/customers/{of_layla}", "", erase, headers={**words, "Idempotency-Key": "k"}).status == 200
    for query in ("", f"customer_id={of_layla}", "subject=office-1"):
        assert "Layla called" not in read(shop, query).text
    shown = read(shop, f"customer_id={of_layla}").data["entries"]
    assert [(each["operation"], each["outcome"]) for each in shown] == [("erase", "done"), ("context", "done")]
    assert shown[0]["erasure_id"].startswith("era_")


def test_no_words_about_who_is_erased_come_into_the_log_afterwards(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client
) -> None:
    """The sweep may have ended: nothing would ever remove them."""
    shop.told_of_layla()
    shop.told("balance.settled", LAYLA, amount_minor=12500, currency="QAR")
    path = f"/customers/{id_of(tables, shop)}"
    words = {"Audit-Reason": "Layla called", "Idempotency-Key": "k", "Content-Type": "application/json"}

    def send(method: str, path: str, permission: str, query: str = "", body: Any = None) -> int:
        return call(method, path, query, shop.admin(permission), headers=words, body=body).status

    assert send("DELETE", path, "customer:DELETE") == 200
    (erased,) = entries(tables, shop)
    assert send("DELETE", path, "customer:DELETE") == 200
    assert send("DELETE", path, "customer:DELETE", "dryRun=true") == 400
    assert send("GET", f"{path}/context", "customer:CONTEXT") == 404
    assert send("GET", f"{path}/export", "customer:EXPORT") == 404
    assert send("PATCH", path, "customer:UPDATE", body={"name": "Leila"}) == 404
    since = [each for each in entries(tables, shop) if each["id"] != erased["id"]]
    assert [each.get("reason") for each in since] == [None] * 5
