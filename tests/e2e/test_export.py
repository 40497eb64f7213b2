"""An export over HTTP: the link, what it leads to, and whom it is refused; a long history, by the workflow."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest
import requests

from customers.store.aws.objects import Objects
from tests.e2e.conftest import Enterprise, Log, eventually
from tests.e2e.events.test_publishing import Listener
from tests.support.exports import Unpacked, unpacked
from tests.support.tables import ROOT

LAYLA = "+97433001122"
OMAR = "+97466005566"
PROVIDER_ID = "pos-8841-layla"
PLANTED = ("33001122", "66005566", "Layla", "Omar", PROVIDER_ID)
MONEY = {"currency": "QAR"}
PERMISSION = "customer:EXPORT"
MANY = 10_000
FEW = 1_000
SPARE_KB = 6_000
"""All of the longer history would take about three times as much."""
PATIENCE = 90.0
Aws = Callable[[str], Any]


def _export(shop: Enterprise, customer_id: str, token: str | None = None) -> requests.Response:
    """The answer; on a machine with much to do, as callers get it: a store that did not answer is asked again."""
    for _ in range(20):
        answer = shop.get(f"/customers/{customer_id}/export", token or shop.admin(PERMISSION))
        if answer.status_code != 503:
            break
        time.sleep(float(answer.headers["Retry-After"]))
    return answer


def _download(answer: requests.Response) -> Unpacked:
    """What a ready answer leads to, when it is what the answer says of it."""
    data = answer.json()["data"]
    assert (answer.status_code, data["status"]) == (200, "ready"), answer.text
    file = requests.get(data["download_url"], timeout=120)
    assert file.status_code == 200
    assert file.headers["Content-Disposition"] == 'attachment; filename="customer-export.zip"'
    assert (len(file.content), hashlib.sha256(file.content).hexdigest()) == (data["size_bytes"], data["sha256"])
    return unpacked(file.content)


def _id_of(shop: Enterprise, aws: Aws, phone: str) -> str:
    key = {"pk": {"S": f"{shop.id}#{phone}"}}
    row = eventually(lambda: aws("dynamodb").get_item(TableName=shop.stack["tables"]["customers"], Key=key).get("Item"))
    customer_id: str = row["customer_id"]["S"]
    return customer_id


def _held(shop: Enterprise, aws: Aws, customer_id: str) -> dict[str, int]:
    """How many rows of each kind are stored of a customer."""
    pages = (
        aws("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=shop.stack["tables"]["records"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{shop.id}#{customer_id}"}},
        )
    )
    counts: dict[str, int] = {}
    for page in pages:
        for row in page["Items"]:
            kind = row["sk"]["S"].partition("#")[0]
            kind = "events" if row.get("type", {"S": ""})["S"].startswith("event.") else kind
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def _seed(shop: Enterprise, aws: Aws, phone: str, count: int, note: str = "") -> str:
    """Somebody who has done so much. Gives the id."""
    shop.publish("customer.registered", phone, name="Omar Saleh")
    customer_id = _id_of(shop, aws, phone)
    first, client = datetime(2025, 1, 1, tzinfo=UTC), aws("dynamodb")
    rows = [
        {
            "pk": {"S": f"{shop.id}#{customer_id}"},
            "sk": {"S": f"ledger#{(first + timedelta(minutes=number)).isoformat()[:19]}.000000Z#evt_{number:05}"},
            "type": {"S": "event.check_in"},
            "detail": {"S": f'{{"attributes":{{"n":{number},"note":"{note}"}},"recorded_at":"2025-01-01T00:00:00Z"}}'},
        }
        for number in range(count)
    ]
    for start in range(0, count, 25):
        puts = [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]
        client.batch_write_item(RequestItems={shop.stack["tables"]["records"]: puts})
    return customer_id


@pytest.fixture(scope="module")
def shop(stack: dict[str, Any]) -> Enterprise:
    """An enterprise that knows Layla, and of her something of each kind."""
    shop = Enterprise(stack).open()
    at = {"occurred_at": "2026-10-01T10:00:00Z"}
    shop.publish("customer.registered", LAYLA, name="Layla Hassan", **at)
    shop.publish("customer.verified", LAYLA, **at)
    shop.publish("provider_id.linked", LAYLA, provider_customer_id=PROVIDER_ID, **at)
    shop.publish("preferences.updated", LAYLA, preferences={"milk": "oat"}, **at)
    shop.publish("consent.updated", LAYLA, consent={"marketing": True}, **at)
    shop.publish("promo.granted", LAYLA, grant_id="g", amount_minor=2500, **MONEY, **at)
    shop.publish("balance.topped_up", LAYLA, amount_minor=700, **MONEY, **at)
    shop.publish("purchase.completed", LAYLA, purchase_id="p1", amount_minor=300, **MONEY, **at)
    shop.publish("purchase.refunded", LAYLA, purchase_id="p1", refund_id="r1", amount_minor=20, **MONEY)
    shop.wait_until_applied()
    sent = {"event_type": "feedback", "attributes": {"rating": 5, "comment": "Layla liked it"}}
    answer = shop.send("POST", "/customers/33001122/events", headers={"Idempotency-Key": "k"}, json=sent)
    assert answer.status_code == 201
    return shop


@pytest.fixture(scope="module")
def layla(shop: Enterprise, aws: Aws) -> str:
    return _id_of(shop, aws, LAYLA)


@pytest.fixture(scope="module")
def omar(shop: Enterprise, aws: Aws) -> str:
    """Somebody with a long history."""
    return _seed(shop, aws, OMAR, MANY)


# ------------------------------------------------------------------------------------------ what it holds


def test_the_link_leads_to_all_that_the_tables_hold(shop: Enterprise, aws: Aws, layla: str) -> None:
    answer = _export(shop, layla)
    files = _download(answer).files
    held = _held(shop, aws, layla)
    assert {name: len(lines) for name, lines in files.items()} == {
        "identity": 1,
        "balances": 1,
        "ledger": held["ledger"],
        "promo_grants": held["grant"],
        "transactions": held["purchase"] + held["refund"],
        "consent": 1,
        "events": held["events"],
        "preferences": 1,
        "activity": 0,
        "refused_facts": 0,
    }
    assert (held["ledger"], held["events"]) == (9, 1)
    (identity,), (balances,) = files["identity"], files["balances"]
    assert (identity["name"], identity["phone"]) == ("Layla Hassan", LAYLA)
    assert identity["provider_customer_ids"] == [PROVIDER_ID]
    assert (balances["spendable_minor"], balances["locked_promo_minor"]) == (700, 2500)
    assert files["events"][0]["attributes"] == {"rating": 5, "comment": "Layla liked it"}
    assert answer.json()["meta"]["data_completeness_score"] == 100


def test_many_who_ask_at_once_are_all_given_a_whole_file(shop: Enterprise, layla: str) -> None:
    shop.publish("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: _export(shop, layla), range(3)))
    for answer in answers:
        assert _download(answer).manifest["customer_id"] == layla


def test_that_it_was_made_is_on_the_bus(shop: Enterprise, aws: Aws, stack: dict[str, Any], layla: str) -> None:
    listener = Listener(aws("sqs"), stack["queues"]["tail"])
    manifest = _download(_export(shop, layla)).manifest
    event_id = manifest["export_id"].replace("exp_", "evt_")
    eventually(lambda: event_id in listener.heard(shop.id))


def test_the_bucket_and_the_workflow_are_as_the_template_says(aws: Aws, stack: dict[str, Any]) -> None:
    """The emulator's CloudFormation leaves some of it out: the local stack completes it."""
    bucket, buckets = stack["exports_bucket"], aws("s3")
    (rule,) = buckets.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert (rule["Status"], rule["Expiration"]["Days"]) == ("Enabled", 1)
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 1
    (encrypted,) = buckets.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encrypted["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    block = buckets.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    workflow = aws("stepfunctions").describe_state_machine(stateMachineArn=stack["export_workflow"])
    assert json.loads(workflow["definition"])["StartAt"] == "Prepare"


# ------------------------------------------------------------------------------------------ the link


def _refused(link: str) -> bool:
    return requests.get(link, timeout=120).status_code in (400, 403)


def _with(link: str, **parameters: str) -> str:
    parts = urlsplit(link)
    query = "&".join(
        f"{name}={parameters.get(name.replace('-', '_'), value)}"
        for name, _, value in (each.partition("=") for each in parts.query.split("&"))
    )
    return urlunsplit(parts._replace(query=query))


def test_a_link_that_is_changed_is_refused(shop: Enterprise, layla: str) -> None:
    link = _export(shop, layla).json()["data"]["download_url"]
    signature = parse_qs(urlsplit(link).query)["X-Amz-Signature"][0]
    other = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    changed = [
        _with(link, X_Amz_Signature=other),
        _with(link, X_Amz_Expires="86400"),
        _with(link, X_Amz_Date="20260101T000000Z"),
        _with(link, response_content_disposition="inline"),
        _with(link, X_Amz_Security_Token="x"),
        link.partition("?")[0],
    ]
    assert [each for each in changed if each == link] == []
    assert [each for each in changed if not _refused(each)] == []
    assert requests.get(link, timeout=120).status_code == 200


def test_a_link_opens_no_other_file(shop: Enterprise, enterprise: Enterprise, aws: Aws, layla: str) -> None:
    enterprise.publish("customer.registered", LAYLA, name="Layla Hassan")
    theirs = _export(enterprise, _id_of(enterprise, aws, LAYLA)).json()["data"]["download_url"]
    ours = _export(shop, layla).json()["data"]["download_url"]
    assert _refused(urlunsplit(urlsplit(ours)._replace(path=urlsplit(theirs).path)))
    assert _refused(urlunsplit(urlsplit(theirs)._replace(path=urlsplit(ours).path)))


def test_a_link_that_has_expired_is_refused(
    shop: Enterprise, stack: dict[str, Any], layla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = urlsplit(_export(shop, layla).json()["data"]["download_url"]).path
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack["aws"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("EXPORTS_BUCKET", stack["exports_bucket"])
    monkeypatch.setattr("customers.store.aws.objects.URL_LIVES", timedelta(seconds=2))
    short = Objects.connect().link(path.removeprefix(f"/{stack['exports_bucket']}/"))
    assert requests.get(short, timeout=120).status_code == 200
    eventually(lambda: _refused(short))


def test_a_link_may_not_be_used_for_anything_else(shop: Enterprise, layla: str) -> None:
    link = _export(shop, layla).json()["data"]["download_url"]
    assert [requests.request(verb, link, timeout=120).status_code for verb in ("PUT", "DELETE")] == [403, 403]
    assert requests.get(link, timeout=120).status_code == 200


# ------------------------------------------------------------------------------------------ who may


# ------------------------------------------------------------------------------------------ a long history


def _executions(aws: Aws, stack: dict[str, Any], customer_id: str) -> list[dict[str, Any]]:
    workflows = aws("stepfunctions")
    listed = workflows.list_executions(stateMachineArn=stack["export_workflow"])["executions"]
    told = [workflows.describe_execution(executionArn=each["executionArn"]) for each in listed]
    return [each for each in told if customer_id in each["input"]]


def _ready(shop: Enterprise, customer_id: str) -> requests.Response:
    """The same call, later."""

    def ask() -> requests.Response | None:
        answer = _export(shop, customer_id)
        assert answer.status_code in (200, 202), answer.text
        if answer.status_code == 202:
            assert answer.json()["data"] == {"status": "preparing"}
            # Ten times as often as it asks to be asked.
            time.sleep(float(answer.headers["Retry-After"]) / 10)
            return None
        return answer

    answer: requests.Response = eventually(ask, PATIENCE)
    return answer


def _peak(function: str) -> int:
    """The most memory that a worker of a function has had at a time, in KB."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # The emulator runs each in a process, from a folder of the stack's that is named after the function.
            command = (process / "cmdline").read_text(errors="replace")
            if str(ROOT) in command and f"-{function}-" in command:
                found += re.findall(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
    return max(map(int, found))


@pytest.mark.thorough
def test_ten_thousand_items_are_prepared_in_the_memory_of_a_thousand(
    shop: Enterprise, aws: Aws, stack: dict[str, Any], omar: str
) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is read from /proc")
    # More than a megabyte, and so more than a request takes.
    few = _seed(shop, aws, "+97455003344", FEW, note="x" * 1_200)
    assert len(_download(_ready(shop, few)).files["events"]) == FEW
    before = _peak("PrepareExportFunction")
    assert _export(shop, omar).status_code == 202
    exported = _download(_ready(shop, omar))
    after = _peak("PrepareExportFunction")
    print(f"\n{FEW:,} items: {before:,} KB at most; {MANY:,} items: {after:,} KB")
    assert [line["attributes"]["n"] for line in exported.files["events"]] == list(range(MANY))
    assert _held(shop, aws, omar)["events"] == MANY
    assert after < before + SPARE_KB


@pytest.mark.thorough
def test_many_who_ask_for_much_wait_for_one_job(enterprise: Enterprise, aws: Aws, stack: dict[str, Any]) -> None:
    many = _seed(enterprise, aws, OMAR, 2_001)
    with ThreadPoolExecutor(3) as pool:
        first = list(pool.map(lambda _: _export(enterprise, many), range(3)))
    assert {answer.status_code for answer in first} <= {200, 202}
    _ready(enterprise, many)
    (execution,) = eventually(lambda: [each for each in _executions(aws, stack, many) if each["status"] == "SUCCEEDED"])
    assert json.loads(execution["output"]) == {"outcome": "ready"}
    history = aws("stepfunctions").get_execution_history(executionArn=execution["executionArn"])
    assert not [planted for planted in PLANTED if planted in json.dumps(history, default=str)]


@pytest.fixture
def broken(aws: Aws) -> Iterator[Callable[[], None]]:
    """The function behind the workflow looks for its bucket where there is none, until it is mended."""
    functions = aws("lambda")
    (name,) = [
        each["FunctionName"]
        for page in functions.get_paginator("list_functions").paginate()
        for each in page["Functions"]
        if "PrepareExport" in each["FunctionName"]
    ]
    right = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def configure(variables: dict[str, str]) -> None:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})

    configure({**right, "EXPORTS_BUCKET": "there-is-no-such-bucket"})
    yield lambda: configure(right)
    configure(right)


def test_a_job_that_fails_ends_as_failed_and_the_next_call_makes_it_anew(
    enterprise: Enterprise, aws: Aws, stack: dict[str, Any], broken: Callable[[], None]
) -> None:
    many = _seed(enterprise, aws, OMAR, 2_001)
    assert _export(enterprise, many).status_code == 202

    def failed() -> list[dict[str, Any]]:
        return [each for each in _executions(aws, stack, many) if each["status"] == "FAILED"]

    (execution,) = eventually(failed, PATIENCE)
    told = aws("stepfunctions").get_execution_history(executionArn=execution["executionArn"])
    assert not [planted for planted in PLANTED if planted in json.dumps(told, default=str)]
    assert (execution["error"], execution["cause"]) == ("ExportFailed", "The log of prepare_export says why.")
    broken()
    assert len(_download(_ready(enterprise, many)).files["events"]) == 2_001


# ------------------------------------------------------------------------------------------ silence


def test_no_log_holds_a_person_or_a_link(shop: Enterprise, layla: str, omar: str, log: Log) -> None:
    link = _export(shop, layla).json()["data"]["download_url"]
    _ready(shop, omar)
    _export(shop, "Layla%2033001122")
    logged = {'"operation":"export"', '"operation":"prepare_export"'}
    eventually(lambda: all(any(each in line for line in log.lines()) for each in logged))
    signature = parse_qs(urlsplit(link).query)["X-Amz-Signature"][0]
    for secret in (*PLANTED, signature, "X-Amz-"):
        assert not [line for line in log.lines() if secret in line]
