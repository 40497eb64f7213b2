"""What is done together, or lies beside one another: nobody is held up by a neighbour, and nobody taken for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from customers.domain.events.published import BusEvent
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.refusals import Conflict, Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.dynamodb.transactions import commit
from customers.store.events.feed import Feed
from customers.store.events.outbox import outbox_row
from customers.store.events.outbox_publisher import OutboxPublisher
from customers.store.idempotency import IdempotencyRecords, put_idempotency_record
from tests.support.books import DERIVED, RECORDS, Books, ledger
from tests.support.exports import Kit
from tests.support.facts import LATER, LAYLA, NOON, OMAR, detail
from tests.support.identity.merging import merge
from tests.support.stats.derivation import Derivation, deriver
from tests.support.tables import dynamodb

NOW = datetime(2026, 6, 5, 9, 10, tzinfo=UTC)


def turning_down(which: Callable[[list[dict[str, Any]]], bool]) -> DynamoDBClient:
    """A client of whose transactions some lose a race."""
    client = dynamodb()

    def turn_down(params: dict[str, Any], **_: Any) -> None:
        if which(params["TransactItems"]):
            told: Any = {"Error": {}, "CancellationReasons": [{"Code": "TransactionConflict"}]}
            raise client.exceptions.TransactionCanceledException(told, "TransactWriteItems")

    client.meta.events.register_first("provide-client-params.dynamodb.TransactWriteItems", turn_down)
    return client


def test_facts_beside_one_that_is_overtaken_are_applied_and_not_told_again(books: Books) -> None:
    """Each link is written alone, all else together: who loses a race is tried again alone."""
    told: list[tuple[str, dict[str, Any]]] = [("balance.topped_up", {})]
    told += [("provider_id.linked", {"provider_customer_id": f"p-{n}"}) for n in (1, 2)]
    facts = [books.fact(kind, detail(kind, **said)) for kind, said in told]
    books.post("customer.registered")
    lost: list[None] = []

    def second(items: list[dict[str, Any]]) -> bool:
        first_time = not lost and "provider#p-1" in str(items)
        lost.extend([None] * first_time)
        return first_time

    assert ledger(turning_down(second)).post(facts) == ["applied"] * 3
    assert (books.customer().balance_minor, books.customer().provider_ids) == (1000, ("p-1", "p-2"))
    assert lost


def test_customers_who_always_lose_in_company_are_counted_one_by_one(books: Books, derivation: Derivation) -> None:
    for phone in (LAYLA, OMAR):
        books.post("balance.topped_up", about=phone)
    changes = [derivation.change(phone) for phone in (LAYLA, OMAR)]
    slow = deriver(turning_down(lambda items: str(items).count("#customers#") > 1))
    assert slow.reconcile(changes) == {}
    derivation.reconcile(*(each for each in derivation.all() if each.transaction))
    assert derivation.is_right()


def test_what_is_published_is_the_outbox_and_nothing_that_lies_beside_it(books: Books) -> None:
    """Rows that sort before and after an outbox, and another customer whose id begins as this one's."""
    books.post("customer.registered")
    layla = CustomerRef(books.enterprise, books.customer().customer_id)
    for customer_id, sk in ((layla.customer_id, "absorbed#usr_1"), (layla.customer_id, "purchase#p-1")):
        key = {"pk": {"S": f"{books.enterprise}#{customer_id}"}, "sk": {"S": sk}}
        books.client.put_item(TableName=RECORDS, Item={**key, "type": {"S": "x"}, "detail": {"S": "{}"}})
    events = {whose: BusEvent(f"e-{whose}", "customer.erased", NOON, {}) for whose in (layla.customer_id, "usr_0")}
    for whose, event in events.items():
        books.client.put_item(TableName=RECORDS, Item=outbox_row(books.enterprise, whose, event))
    before = books.rows(RECORDS)
    bus = boto3.client("events")
    sent: list[str] = []
    bus.meta.events.register_first(
        "provide-client-params.events.PutEvents",
        lambda params, **_: sent.extend(each["DetailType"] for each in params["Entries"]),
    )
    outbox = OutboxPublisher(books.client, RECORDS, bus, "default", Feed(books.client, DERIVED, RECORDS))
    assert outbox.publish([layla]) == {}
    assert sent == ["customer.erased"]
    gone = [row["pk"]["S"] for row in before if row not in books.rows(RECORDS)]
    assert gone == [f"{books.enterprise}#{layla.customer_id}"]
    mine = [each for each in outbox.customers() if each.enterprise == books.enterprise]
    assert mine == [CustomerRef(books.enterprise, "usr_0")]


def test_of_an_export_that_may_have_been_noted_the_file_stays(books: Books, bucket: S3Client) -> None:
    """DynamoDB has written the note and does not say so: the link that the next call gives must lead to a file."""
    books.post("customer.registered")
    layla, silent = books.customer().customer_id, [True]

    def go_silent(operation: str) -> None:
        if operation == "TransactWriteItems" and silent:
            silent.clear()
            raise ReadTimeoutError(endpoint_url="https://dynamodb")

    kit = Kit("after-call", go_silent)
    profile, export, *_ = kit.exporting.obtain(books.enterprise, layla, NOW)
    assert export
    assert not silent
    assert kit.unpack(books.enterprise, layla, export).files["identity"]
    assert len(kit.keys(books.enterprise)) == 1
    assert profile.customer_id == layla


def test_of_an_export_that_was_not_noted_no_file_stays(books: Books, bucket: S3Client) -> None:
    """Nobody would ever find it, and an erasure has swept the bucket perhaps."""
    books.post("customer.registered")
    layla = books.customer().customer_id

    def move(operation: str) -> None:
        if operation == "CompleteMultipartUpload":
            pointer = {"pk": {"S": f"{books.enterprise}#{layla}"}, "sk": {"S": "pointer"}}
            books.client.put_item(
                TableName=RECORDS, Item={**pointer, "erased_at": {"S": "2026-06-05T09:10:00.000000Z"}}
            )

    kit = Kit("after-call", move)
    with pytest.raises(Exception) as refused:  # noqa: PT011 - whichever of the refusals it is
        kit.exporting.obtain(books.enterprise, layla, NOW)
    assert not isinstance(refused.value, Unavailable) or kit.exports.latest(books.enterprise, layla) is None
    assert kit.keys(books.enterprise) == []


def test_a_key_is_free_again_once_its_answer_is_kept_no_longer(tables: DynamoDBClient, enterprise: str) -> None:
    """And not a second before, though DynamoDB takes expired rows away when it has time."""
    first = IdempotencyKey("erase", "k", "f", NOW)
    record, records = IdempotencyRecord("f", 200, {}, None), IdempotencyRecords(tables, "ReceiptsTable", "RecordsTable")
    commit(tables, put_idempotency_record("ReceiptsTable", enterprise, first, record))
    again = replace(first, at=first.until - timedelta(seconds=1))
    with pytest.raises(Conflict):
        commit(tables, put_idempotency_record("ReceiptsTable", enterprise, again, record))
    assert records.find(enterprise, again) == record
    assert records.find(enterprise, replace(first, at=first.until)) is None
    commit(tables, put_idempotency_record("ReceiptsTable", enterprise, replace(first, at=first.until), record))


@pytest.mark.parametrize("told", ["verified first", "verified last", "verified late"])
def test_who_has_proven_an_absorbed_phone_has_proven_none_of_the_survivors(books: Books, told: str) -> None:
    """Money waits until the survivor's own phone is verified, fact by fact and in a replay of the ledger."""
    for phone in (LAYLA, OMAR):
        books.post("promo.granted", about=phone, amount_minor=700)
    layla, omar = (books.customer(phone).customer_id for phone in (LAYLA, OMAR))
    if told == "verified first":
        # As it was before the merge, the other way round would be refused.
        books.post("customer.verified", about=LAYLA)
    merge(books, layla, omar)
    # Of the merge's own instant, and by its id after it.
    at = {"at": LATER, "fact_id": "z"} if told == "verified last" else {}
    if told != "verified first":
        books.post("customer.verified", about=OMAR, **at)
    verified = told == "verified first"
    assert books.customer().verified == verified
    books.client.update_item(
        TableName="CustomersTable",
        Key={"pk": {"S": f"{books.enterprise}#{LAYLA}"}},
        UpdateExpression="SET #state = :wrong",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":wrong": {"S": "PENDING_PROOF" if verified else "VERIFIED"}},
    )
    assert "state" in books.rebuild.mend(books.enterprise, layla, "QAR")
    assert books.customer().verified == verified
    assert books.customer(OMAR).verified == verified
