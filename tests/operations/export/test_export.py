"""GET /customers/{id}/export, through the template's route, tables, bucket and workflow."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import boto3
import jsonschema_rs
import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client
from mypy_boto3_stepfunctions import SFNClient

from customers.catalogue.data_subject_rights import EXPORT
from customers.domain.export import PREPARED_REUSED_FOR, REUSED_FOR
from customers.edge.auth.principal import Principal
from customers.store.export import export_source
from customers.wire.events.published import published_schemas
from tests.operations.conftest import LAYLA, MONEY, NAME, PLANTED, PROVIDER_ID, Clock, Shop
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.exports import REGION, Unpacked, unpacked
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.http.traces import traced
from tests.support.recording import forget, id_of, outbox, record, stored

pytestmark = pytest.mark.usefixtures("bucket")

PERMISSION = "customer:EXPORT"
OMAR = "+97466005566"
WORKFLOW = "arn:aws:states:us-east-1:123456789012:stateMachine:ExportWorkflow"
BUCKET = "exports-bucket"


def export(shop: Shop, customer_id: str, principal: Principal | None = None) -> Reply:
    # Its token outlives the exports, so that the clock may be moved.
    admin = replace(shop.admin(PERMISSION), expires_at=datetime.now(UTC) + timedelta(days=30))
    reply = call("GET", f"/customers/{quote(customer_id, safe='')}/export", "", principal or admin)
    conforms(EXPORT, reply)
    return reply


def key_of(reply: Reply) -> str:
    """Where the file lies that the link leads to."""
    link: str = reply.data["download_url"]
    return urlsplit(link).path.removeprefix("/")


@pytest.fixture
def download(bucket: S3Client) -> Callable[[Reply], Unpacked]:
    """What a ready answer leads to, when it is what the answer says of it."""

    def fetch(reply: Reply) -> Unpacked:
        assert (reply.status, reply.data["status"]) == (200, "ready")
        content = bucket.get_object(Bucket=BUCKET, Key=key_of(reply))["Body"].read()
        assert len(content) == reply.data["size_bytes"]
        assert hashlib.sha256(content).hexdigest() == reply.data["sha256"]
        return unpacked(content)

    return fetch


@pytest.fixture
def workflow(bucket: S3Client) -> SFNClient:
    return boto3.client("stepfunctions", region_name=REGION)


def objects(bucket: S3Client, shop: Shop) -> list[str]:
    return [each["Key"] for each in bucket.list_objects_v2(Bucket=BUCKET, Prefix=shop.enterprise).get("Contents", [])]


# ------------------------------------------------------------------------------------------ what is given


def test_the_answer_is_a_link_that_lives_a_quarter_of_an_hour(shop: Shop, clock: Clock, layla: str) -> None:
    reply = export(shop, layla)
    assert reply.status == 200
    assert list(reply.data) == ["status", "download_url", "expires_at", "created_at", "size_bytes", "sha256"]
    link = urlsplit(reply.data["download_url"])
    signed = parse_qs(link.query)
    assert signed["X-Amz-Expires"] == ["900"]
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert signed["response-content-disposition"] == ['attachment; filename="customer-export.zip"']
    assert datetime.fromisoformat(reply.data["expires_at"]) == (clock.at + timedelta(minutes=15)).replace(microsecond=0)
    assert datetime.fromisoformat(reply.data["created_at"]) == clock.at.replace(microsecond=0)
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.body["meta"]["data_completeness_score"] == 100


def test_the_manifest_says_whose_it_is_and_as_of_when(
    shop: Shop, clock: Clock, layla: str, download: Callable[[Reply], Unpacked]
) -> None:
    reply = export(shop, layla)
    manifest = download(reply).manifest
    export_id = key_of(reply).rpartition("/")[2].removesuffix(".zip")
    assert {name: value for name, value in manifest.items() if name != "parts"} == {
        "schema_version": 1,
        "export_id": export_id,
        "enterprise_id": shop.enterprise,
        "customer_id": layla,
        "created_at": clock.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "changed_meanwhile": False,
    }


def test_where_the_file_lies_says_nothing_of_a_person(shop: Shop, layla: str) -> None:
    assert key_of(export(shop, layla)).startswith(f"{shop.enterprise}/{layla}/exp_")
    assert key_of(export(shop, layla)).removesuffix(".zip").rpartition("_")[2].isalnum()


def test_a_disabled_customer_is_exported(shop: Shop, layla: str, download: Callable[[Reply], Unpacked]) -> None:
    shop.disabled_layla()
    (identity,) = download(export(shop, layla)).files["identity"]
    assert (identity["state"], identity["verified"], identity["name"]) == ("DISABLED", True, NAME)


def test_a_proto_wallet_is_exported(shop: Shop, tables: DynamoDBClient, download: Callable[[Reply], Unpacked]) -> None:
    shop.told("promo.granted", OMAR, grant_id="welcome", amount_minor=2500, **MONEY)
    files = download(export(shop, id_of(tables, shop, OMAR))).files
    assert (files["identity"][0]["state"], files["identity"][0]["name"]) == ("PENDING_PROOF", None)
    assert files["balances"][0]["locked_promo_minor"] == 2500
    assert [each["status"] for each in files["promo_grants"]] == ["open"]
    assert files["consent"] == files["preferences"] == files["events"] == files["transactions"] == []


# ------------------------------------------------------------------------------------------ again, and anew


def test_asked_again_soon_it_is_the_same_file_and_nothing_more_is_told(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client, clock: Clock, layla: str
) -> None:
    first = export(shop, layla)
    before = stored(tables, shop.enterprise)
    clock.forward(minutes=4)
    again = export(shop, layla)
    assert key_of(again) == key_of(first)
    assert again.data["created_at"] == first.data["created_at"]
    assert again.data["expires_at"] > first.data["expires_at"]
    assert stored(tables, shop.enterprise) == before
    assert objects(bucket, shop) == [key_of(first)]


def test_a_change_of_the_customer_makes_another(shop: Shop, layla: str, download: Callable[[Reply], Unpacked]) -> None:
    export(shop, layla)
    shop.told("customer.registered", LAYLA, name="Leila Hassan", occurred_at="2026-11-02T10:00:00Z")
    (identity,) = download(export(shop, layla)).files["identity"]
    assert identity["name"] == "Leila Hassan"


def test_after_a_while_it_is_another(
    shop: Shop, clock: Clock, layla: str, download: Callable[[Reply], Unpacked]
) -> None:
    """What a till records does not change the customer's row: it is in the next export."""
    assert download(export(shop, layla)).files["events"] == []
    record(shop)
    clock.forward(seconds=REUSED_FOR.total_seconds())
    assert [each["event_type"] for each in download(export(shop, layla)).files["events"]] == ["check_in"]


def test_each_file_is_told_of_once(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    reply = export(shop, layla)
    (row,) = outbox(tables, shop)
    detail = json.loads(row["detail"]["S"])
    assert row["type"]["S"] == "customer.exported"
    jsonschema_rs.validate(published_schemas()["customer.exported"], detail)
    assert f"{detail['enterprise_id']}/{detail['customer_id']}/{detail['export_id']}.zip" == key_of(reply)


# ------------------------------------------------------------------------------------------ much


@pytest.fixture
def much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layla's rows are more than one request takes."""
    monkeypatch.setattr(export_source, "AT_ONCE", 5)
    monkeypatch.setattr(export_source, "PAGE", 3)


def jobs(workflow: SFNClient, shop: Shop) -> list[dict[str, Any]]:
    """What the workflow has been started with, for this enterprise."""
    executions = workflow.list_executions(stateMachineArn=WORKFLOW)["executions"]
    given = [workflow.describe_execution(executionArn=each["executionArn"]) for each in executions]
    mine = [each for each in given if json.loads(each["input"])["enterprise"] == shop.enterprise]
    return [{**json.loads(each["input"]), "execution": each["executionArn"]} for each in mine]


def carry_out(job: dict[str, Any]) -> str:
    """What the workflow does, state by state."""
    from gdpr.prepare_export import handler

    return handler({name: job[name] for name in ("enterprise", "customer_id", "job")}, None)["outcome"]


def test_an_operator_finds_what_it_wrote_by_the_request_id(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    wrote = traced(tables, shop, export(shop, layla))
    assert [each.type for each in wrote if "#outbox#" in each.key] == ["customer.exported"]
    assert f"records put {layla}#export" in map(str, wrote)


def test_much_is_prepared_and_then_there(
    shop: Shop, workflow: SFNClient, layla: str, much: None, download: Callable[[Reply], Unpacked]
) -> None:
    first = export(shop, layla)
    assert (first.status, first.data, first.headers["Retry-After"]) == (202, {"status": "preparing"}, "5")
    assert first.body["meta"]["data_completeness_score"] == 100
    assert export(shop, layla).status == 202
    (job,) = jobs(workflow, shop)
    assert carry_out(job) == "ready"
    files = download(export(shop, layla)).files
    assert [len(files[name]) for name in ("ledger", "transactions")] == [7, 1]


def test_what_was_waited_for_is_there_whatever_has_changed(
    shop: Shop, tables: DynamoDBClient, workflow: SFNClient, clock: Clock, layla: str, much: None
) -> None:
    export(shop, layla)
    (job,) = jobs(workflow, shop)
    carry_out(job)
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    clock.forward(minutes=59)
    reply = export(shop, layla)
    assert reply.status == 200
    clock.forward(minutes=PREPARED_REUSED_FOR.total_seconds() / 60)
    assert export(shop, layla).status == 202
    assert len(jobs(workflow, shop)) == 2


def test_a_workflow_is_told_ids_and_nothing_else(shop: Shop, workflow: SFNClient, layla: str, much: None) -> None:
    export(shop, layla)
    (job,) = jobs(workflow, shop)
    assert {**job, "execution": "", "job": ""} == {
        "enterprise": shop.enterprise,
        "customer_id": layla,
        "execution": "",
        "job": "",
    }


def test_a_job_that_has_failed_is_done_anew_by_another(
    shop: Shop, workflow: SFNClient, layla: str, much: None, download: Callable[[Reply], Unpacked]
) -> None:
    export(shop, layla)
    (failed,) = jobs(workflow, shop)
    workflow.stop_execution(executionArn=failed["execution"])
    assert export(shop, layla).status == 202
    (again,) = [job for job in jobs(workflow, shop) if job != failed]
    assert carry_out(failed) == "overtaken"
    assert carry_out(again) == "ready"
    assert download(export(shop, layla)).manifest["customer_id"] == layla


def test_a_job_that_is_done_twice_makes_one_export(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client, workflow: SFNClient, layla: str, much: None
) -> None:
    export(shop, layla)
    (job,) = jobs(workflow, shop)
    assert [carry_out(job), carry_out(job)] == ["ready", "ready"]
    assert len(outbox(tables, shop)) == len(objects(bucket, shop)) == 1


def test_a_job_of_a_customer_who_is_gone_makes_nothing(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client, workflow: SFNClient, layla: str, much: None
) -> None:
    export(shop, layla)
    (job,) = jobs(workflow, shop)
    forget(tables, shop.enterprise)
    assert carry_out(job) == "overtaken"
    assert objects(bucket, shop) == []


# ------------------------------------------------------------------------------------------ who may


def test_another_enterprises_customer_is_as_unknown_as_nobody(shop: Shop, requests: list[str], layla: str) -> None:
    other = Shop(shop.enterprise + "-other")
    requests.clear()
    asked = [(other, layla), (shop, "usr_" + "0" * 32)]
    answers = [export(*each) for each in asked]
    # What they asked is in the activity log of each.
    assert requests == ["GetItem", "PutItem", "GetItem", "PutItem"]
    answers += [export(shop, each) for each in ("+97433001122", "33001122", "usr_", "usr_\x00", "usr_" + "x" * 70)]
    bodies = [(reply.status, reply.body) for reply in answers]
    assert (bodies[0][0], bodies[0][1]["error"]["code"]) == (404, "NOT_FOUND")
    assert all(each == bodies[0] for each in bodies)
    assert requests[4:] == ["PutItem"] * 5


# ------------------------------------------------------------------------------------------ cost, log


def test_it_makes_the_requests_of_its_budget(
    shop: Shop, requests: list[str], layla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests.clear()
    export(shop, layla)
    # Her records and the former phones; the refused facts that name her phone, an id of a provider, or her id.
    found = ["Query", "Query", *["Query"] * 3]
    assert requests == [*["GetItem"] * 3, *found, "Query", "GetItem", "GetItem", "TransactWriteItems"]
    assert len(requests) == EXPORT.budget
    requests.clear()
    export(shop, layla)
    assert requests == ["GetItem", "GetItem", "GetItem", "PutItem"]


def test_no_log_line_holds_a_person_or_a_link(
    shop: Shop, log: io.StringIO, workflow: SFNClient, layla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = [export(shop, layla).data["download_url"]]
    monkeypatch.setattr(export_source, "AT_ONCE", 1)
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    export(shop, layla)
    (job,) = jobs(workflow, shop)
    carry_out(job)
    links.append(export(shop, layla).data["download_url"])
    export(shop, "Layla 33001122")
    told = log.getvalue()
    assert [json.loads(line)["status"] for line in told.splitlines() if '"export"' in line] == [200, 202, 200, 404]
    signatures = [parse_qs(urlsplit(link).query)["X-Amz-Signature"][0] for link in links]
    assert not [secret for secret in (*PLANTED, *signatures, "X-Amz", BUCKET, PROVIDER_ID) if secret in told]


def test_an_export_has_the_history_of_an_absorbed_customer_too(
    shop: Shop, tables: DynamoDBClient, layla: str, download: Callable[[Reply], Unpacked]
) -> None:
    shop.told("balance.topped_up", TWIN, amount_minor=77, **MONEY)
    twin = id_of(tables, shop, TWIN)
    export(shop, twin)
    merge(shop, layla, twin)
    files = download(export(shop, layla)).files
    assert 77 in [line["detail"].get("amount_minor") for line in files["ledger"]]
    # Who asked about her, and who asked about the other one.
    assert [line["operation"] for line in files["activity"]] == ["merge", "export"]
