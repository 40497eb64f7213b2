"""Exports over tables and a bucket in memory: what they hold however they are read, and who comes in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from mypy_boto3_s3 import S3Client

from customers.domain.export import Export, ExportJob
from customers.domain.refusals import Conflict, NotFound, Unavailable
from customers.store.export import export_service, export_source
from customers.store.export.export_source import ExportSource
from customers.wire.export.exported import files_of
from tests.support.books import RECORDS, Books
from tests.support.crashes import WRITE, once
from tests.support.exports import Kit
from tests.support.facts import OMAR
from tests.support.identity.merging import merge
from tests.support.tables import dynamodb

pytestmark = pytest.mark.slow

NOW = datetime(2026, 6, 5, 9, 10, tzinfo=UTC)


@pytest.fixture
def layla(books: Books, bucket: S3Client) -> str:
    """The id of a customer with data of most kinds."""
    books.post("customer.registered")
    books.post("preferences.updated")
    books.post("promo.granted", expires_at="2030-01-01T00:00:00Z")
    for number in range(5):
        books.post("purchase.completed", purchase_id=f"p-{number}")
    books.post("purchase.refunded", purchase_id="p-1")
    return books.customer().customer_id


def lines(held: Any) -> dict[str, list[Any]]:
    return {name: list(each) for name, each in files_of(held, NOW)}


@pytest.mark.parametrize("page", [1, 2, 3, 5, 7, 100])
def test_pages_hold_what_one_reading_holds(
    books: Books, layla: str, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(export_source, "PAGE", page)
    kit, profile = Kit(), books.customer()
    at_once = kit.holdings.at_once(books.enterprise, profile)
    assert at_once
    assert lines(kit.holdings.in_pages(books.enterprise, profile)) == lines(at_once)


def test_what_is_more_than_a_request_takes_is_not_read_at_once(
    books: Books, layla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = len([row for row in books.rows(RECORDS) if row["pk"]["S"].endswith(layla)])
    kit, profile = Kit(), books.customer()
    monkeypatch.setattr(export_source, "AT_ONCE", rows + 1)
    assert kit.holdings.at_once(books.enterprise, profile)
    monkeypatch.setattr(export_source, "AT_ONCE", rows - 1)
    assert kit.holdings.at_once(books.enterprise, profile) is None


def test_a_request_is_for_as_many_rows_as_the_documents_say(books: Books, layla: str) -> None:
    """`docs/privacy.md` says when the answer is 202, and `docs/architecture.md` what is in memory."""
    client, asked = dynamodb(), set[int]()
    client.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: asked.add(params.get("Limit", 0))
    )
    source = ExportSource(client, RECORDS)
    source.at_once(books.enterprise, books.customer())
    lines(source.in_pages(books.enterprise, books.customer()))
    assert asked == {2_000}
    books.post("customer.registered", about=OMAR)
    merge(books, layla, books.customer(OMAR).customer_id)
    asked.clear()
    lines(source.in_pages(books.enterprise, books.customer()))
    # A page of each part is in memory.
    assert asked == {0, 1_000}, "and the ids of the parts"


def test_nothing_of_another_customer_is_in_it(books: Books, layla: str) -> None:
    books.post("purchase.completed", about="+97466005566", purchase_id="another")
    _, export, *_ = Kit().exporting.obtain(books.enterprise, layla, NOW)
    assert export
    files = Kit().unpack(books.enterprise, layla, export).files
    assert "another" not in str(files)
    assert len(files["transactions"]) == 6


# ------------------------------------------------------------------------------------------ others, in between


def test_a_fact_that_comes_while_it_is_read_is_said_and_the_next_export_is_another(books: Books, layla: str) -> None:
    kit = Kit("before-call.s3.CreateMultipartUpload", once(lambda: books.post("balance.topped_up")))
    _, first, *_ = kit.exporting.obtain(books.enterprise, layla, NOW)
    _, second, *_ = kit.exporting.obtain(books.enterprise, layla, NOW)
    assert first
    assert second
    assert kit.unpack(books.enterprise, layla, first).manifest["changed_meanwhile"] is True
    assert kit.unpack(books.enterprise, layla, second).manifest["changed_meanwhile"] is False


@pytest.mark.parametrize("moment", ["before-call.s3.UploadPart", WRITE])
def test_of_a_customer_who_is_erased_meanwhile_no_file_stays(books: Books, layla: str, moment: str) -> None:
    kit = Kit(moment, once(books.close))
    with pytest.raises(NotFound):
        kit.exporting.obtain(books.enterprise, layla, NOW)
    assert kit.keys(books.enterprise) == []
    assert books.rows(RECORDS) == []
    assert not kit.s3.list_multipart_uploads(Bucket="exports-bucket").get("Uploads")


def test_two_who_ask_at_once_are_both_given_a_whole_file(books: Books, layla: str) -> None:
    found: list[Export | None] = []

    def ask() -> None:
        found.append(Kit().exporting.obtain(books.enterprise, layla, NOW)[1])

    found.append(Kit(WRITE, once(ask)).exporting.obtain(books.enterprise, layla, NOW)[1])
    assert len({export.id for export in found if export}) == 2
    for export in found:
        assert export
        Kit().unpack(books.enterprise, layla, export)


@pytest.fixture
def much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_source, "AT_ONCE", 5)


def test_two_who_ask_at_once_for_much_wait_for_one_job(books: Books, layla: str, much: None) -> None:
    def ask() -> None:
        assert Kit().exporting.obtain(books.enterprise, layla, NOW)[1] is None

    assert Kit(WRITE, once(ask)).exporting.obtain(books.enterprise, layla, NOW)[1] is None
    assert len(Kit().given(books.enterprise)) == 1


def test_a_job_that_ends_while_its_end_is_looked_at_is_given(books: Books, layla: str, much: None) -> None:
    kit = Kit()
    kit.exporting.obtain(books.enterprise, layla, NOW)
    (job,) = kit.given(books.enterprise)

    def end() -> None:
        assert kit.maker.carry_out(**job, now=NOW) == "ready"
        execution = kit.workflows.list_executions(stateMachineArn=STATE_MACHINE)["executions"][0]
        kit.workflows.stop_execution(executionArn=execution["executionArn"])

    slow = Kit("before-call.stepfunctions.StartExecution", once(end))
    _, export, *_ = slow.exporting.obtain(books.enterprise, layla, NOW)
    assert export
    assert export.job == job["job"]
    assert len(kit.given(books.enterprise)) == 1


STATE_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:ExportWorkflow"


def test_a_job_whose_place_another_has_taken_leaves_no_file(books: Books, layla: str, much: None) -> None:
    kit = Kit()
    kit.exports.prepare(books.enterprise, layla, "job-1", None)

    def take() -> None:
        kit.exports.prepare(books.enterprise, layla, "job-2", ExportJob("job-1"))

    slow = Kit(WRITE, once(take))
    with pytest.raises(Conflict):
        slow.maker.carry_out(books.enterprise, layla, "job-1", NOW)
    assert slow.maker.carry_out(books.enterprise, layla, "job-1", NOW) == "overtaken"
    assert kit.keys(books.enterprise) == []
    assert kit.maker.carry_out(books.enterprise, layla, "job-2", NOW) == "ready"


def test_a_job_of_a_customer_who_is_erased_as_it_begins_makes_nothing(books: Books, layla: str) -> None:
    Kit().exports.prepare(books.enterprise, layla, "job-1", None)
    slow = Kit("after-call.dynamodb.GetItem", once(books.close))
    assert slow.maker.carry_out(books.enterprise, layla, "job-1", NOW) == "overtaken"
    assert slow.keys(books.enterprise) == []


def test_constant_conflicts_end_as_unavailable(books: Books, layla: str, much: None) -> None:
    kit, others = Kit(), iter(range(99))

    def take(_: str) -> None:
        """By a job that has failed at once."""
        job = f"{layla}-{next(others)}"
        kit.exports.prepare(books.enterprise, layla, job, kit.exports.latest(books.enterprise, layla))
        given = json.dumps({"enterprise": "another"})
        started = kit.workflows.start_execution(stateMachineArn=STATE_MACHINE, name=job, input=given)
        kit.workflows.stop_execution(executionArn=started["executionArn"])

    watched = Kit(WRITE, take)
    with pytest.raises(Unavailable):
        watched.exporting.obtain(books.enterprise, layla, NOW)
    assert next(others) == export_service.ATTEMPTS


# ------------------------------------------------------------------------------------------ stores that fail


def refusing(status: int, code: str) -> Callable[[str], None]:
    def refuse(operation: str) -> None:
        answer: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(answer, operation)

    return refuse


@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
def test_a_bucket_that_asks_for_patience_is_a_503_and_leaves_nothing(books: Books, layla: str, operation: str) -> None:
    kit = Kit(f"before-call.s3.{operation}", refusing(503, "SlowDown"))
    with pytest.raises(Unavailable):
        kit.exporting.obtain(books.enterprise, layla, NOW)
    assert kit.exports.latest(books.enterprise, layla) is None
    assert kit.keys(books.enterprise) == []
    assert not kit.s3.list_multipart_uploads(Bucket="exports-bucket").get("Uploads")


def test_a_file_that_cannot_be_noted_is_taken_away(books: Books, layla: str) -> None:
    kit = Kit(WRITE, refusing(400, "ThrottlingException"))
    with pytest.raises(Unavailable):
        kit.exporting.obtain(books.enterprise, layla, NOW)
    assert kit.keys(books.enterprise) == []


def test_a_note_of_which_nobody_knows_whether_it_was_made_is_looked_for(books: Books, layla: str) -> None:
    def lose(_: str) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb.test")

    kit = Kit("after-call.dynamodb.TransactWriteItems", lose)
    _, export, *_ = kit.exporting.obtain(books.enterprise, layla, NOW)
    assert export
    kit.unpack(books.enterprise, layla, export)
    assert len(kit.keys(books.enterprise)) == 1


def test_a_workflow_that_does_not_answer_is_a_503_and_the_next_call_starts_the_same_job(
    books: Books, layla: str, much: None
) -> None:
    kit = Kit("before-call.stepfunctions.StartExecution", refusing(503, "ServiceUnavailable"))
    with pytest.raises(Unavailable):
        kit.exporting.obtain(books.enterprise, layla, NOW)
    noted = kit.exports.latest(books.enterprise, layla)
    assert isinstance(noted, ExportJob)
    assert Kit().exporting.obtain(books.enterprise, layla, NOW)[1] is None
    assert [each["job"] for each in kit.given(books.enterprise)] == [noted.job]


def test_what_is_noted_is_read_as_it_was(books: Books, layla: str) -> None:
    kit = Kit()
    _, made, *_ = kit.exporting.obtain(books.enterprise, layla, NOW + timedelta(microseconds=7))
    assert kit.exports.latest(books.enterprise, layla) == made
