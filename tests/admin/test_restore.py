"""A restore: rows become those of restored tables, nothing consumes meanwhile, and erasures that wait delay nobody."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from admin.erasure import erasures
from admin.restore import consumers, restore_rows, rows, start_consumers, stop_consumers
from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from customers.domain.erasure.plan import Erasure
from customers.domain.events.feed import Positions
from customers.domain.events.published import BusEvent
from customers.domain.refusals import ValidationError
from customers.store.events.feed import Feed
from customers.store.events.feed_pages import FeedPages
from customers.store.events.feed_rows import bucket_of, is_feed_row
from customers.store.events.outbox import outbox_row
from tests.admin.conftest import Office

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def row(pk: str, sk: str, **more: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **more}.items()}


@pytest.fixture
def tables(office: Office) -> Any:
    client = office.stack.client("dynamodb")
    names = [f"{each}-{uuid.uuid4()}" for each in ("before", "now")]
    for name in names:
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
    return client, *names


def test_rows_become_those_of_the_copy_and_a_second_run_changes_nothing(tables: Any) -> None:
    client, before, now = tables
    for number in range(130):
        client.put_item(TableName=before, Item=row("acme", f"{number:03}", value="then"))
        # Some are equal, some have changed, some have gone, and some are new.
        if number % 3:
            value = "then" if number % 3 == 1 else "since"
            client.put_item(TableName=now, Item=row("acme", f"{number:03}", value=value))
    for number in range(40):
        client.put_item(TableName=now, Item=row("acme", f"new-{number}"))
    done = rows.copy(client, before, now)
    assert (done.written, done.deleted, done.equal) == (87, 40, 43)
    assert client.scan(TableName=now)["Items"] == client.scan(TableName=before)["Items"]
    again = rows.copy(client, before, now)
    assert (again.written, again.deleted, again.equal) == (0, 0, 130)


def test_rows_of_the_feed_stay_so_that_a_reader_misses_nothing_that_comes_after_the_restore(tables: Any) -> None:
    client, before, now = tables
    feed, pages = Feed(client, now, now), FeedPages(client, now)

    def publish(name: str) -> None:
        waiting = outbox_row("acme", "usr_1", BusEvent(name, "customer.corrected", NOW, {"event_id": name}))
        client.put_item(TableName=now, Item=waiting)
        feed.take("acme", bucket_of("usr_1"), [waiting])

    def read(after: Positions | None) -> tuple[list[str], Positions]:
        page = pages.page("acme", after, 100, datetime.now(UTC))
        return [each.detail["event_id"] for each in page.events], page.positions

    note = row("acme#customers#0", "usr_1")
    client.put_item(TableName=now, Item={**note, "value": {"S": "then"}})
    publish("e-1")
    rows.copy(client, now, before)
    publish("e-2")
    publish("e-3")
    client.put_item(TableName=now, Item={**note, "value": {"S": "since"}})
    found, cursor = read(None)
    assert found == ["e-1", "e-2", "e-3"]

    rows.copy(client, before, now, is_feed_row)
    assert client.get_item(TableName=now, Key=note)["Item"]["value"] == {"S": "then"}
    publish("e-4")
    assert read(cursor)[0] == ["e-4"]
    # After an accident to the table itself, the copy's are there again.
    for each in client.scan(TableName=now)["Items"]:
        client.delete_item(TableName=now, Key={name: each[name] for name in note})
    rows.copy(client, before, now, is_feed_row)
    assert read(None)[0] == ["e-1"]
    with pytest.raises(ValidationError, match="restored"):
        read(cursor)


@pytest.fixture
def consuming(office: Office, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Two queues, each with a function that consumes it. Their names are those that a stack would tell."""
    trusted = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = office.stack.client("iam").create_role(RoleName=f"r-{uuid.uuid4()}", AssumeRolePolicyDocument=trusted)
    made = {name: _mapping(office, role["Role"]["Arn"], name) for name in ("Facts", "Changes")}
    monkeypatch.setattr(consumers, "mappings", lambda _stack: made)
    monkeypatch.setattr(consumers, "POLL", 0)
    monkeypatch.setattr(stop_consumers, "POLL", 0)
    return office.stack


def _mapping(office: Office, role: str, name: str) -> str:
    """Its id."""
    functions, unique = office.stack.client("lambda"), f"{name}-{uuid.uuid4().hex[:8]}"
    queue = office.sqs.create_queue(QueueName=unique)["QueueUrl"]
    about = office.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    with zipfile.ZipFile(code := io.BytesIO(), "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass")
    functions.create_function(
        FunctionName=unique,
        Runtime="python3.13",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": code.getvalue()},
    )
    made = functions.create_event_source_mapping(FunctionName=unique, EventSourceArn=about["QueueArn"])
    return str(made["UUID"])


def states(stack: Stack) -> dict[str, str]:
    found = consumers.mappings(stack)
    client = stack.client("lambda")
    return {name: client.get_event_source_mapping(UUID=uuid)["State"] for name, uuid in found.items()}


def test_all_consumers_are_stopped_and_started_again(consuming: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_consumers, "at_work", lambda _stack: set())
    assert stop_consumers.run(consuming, Namespace(wait=0)) == 0
    consumers.require_stopped(consuming)
    assert states(consuming) == {"Facts": "Disabled", "Changes": "Disabled"}
    assert start_consumers.run(consuming, Namespace()) == 0
    assert states(consuming) == {"Facts": "Enabled", "Changes": "Enabled"}
    with pytest.raises(Refusal, match="still consume: Facts, Changes"):
        consumers.require_stopped(consuming)


def test_one_that_does_not_change_is_named(consuming: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = consumers.mappings(consuming)["Changes"]
    event = "before-parameter-build.lambda.UpdateEventSourceMapping"

    def leave(params: dict[str, Any], **_more: Any) -> None:
        if params["UUID"] == stuck:
            params["Enabled"] = True

    consuming.session.events.register(event, leave)
    monkeypatch.setattr(consumers, "PATIENCE", 0)
    try:
        with pytest.raises(Refusal, match=r"did not change in 0 s: Changes\. Run"):
            consumers.switch(consuming, enabled=False)
    finally:
        consuming.session.events.unregister(event, leave)


def test_an_erasure_that_waits_for_money_holds_no_restore_up_and_one_at_work_does(
    consuming: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first may wait for 30 days."""
    asked = Erasure("era_1", "usr_1", "VERIFIED", NOW, "escalated")
    listed = [("acme", replace(asked, id="era_1")), ("acme", replace(asked, id="era_2", outcome="anonymized"))]
    status = {"era_1": "escalated", "era_2": "erasing"}
    monkeypatch.setattr(
        erasures,
        "every",
        lambda _stack: [(name, Namespace(id=each.id, status=status[each.id])) for name, each in listed],
    )
    monkeypatch.setattr(erasures, "running", lambda _stack: {"era_1", "era_2"})
    assert stop_consumers.at_work(consuming) == {"era_2"}
    with pytest.raises(Refusal, match="era_2"):
        stop_consumers.run(consuming, Namespace(wait=0))
    monkeypatch.setattr(erasures, "running", lambda _stack: {"era_1"})
    assert stop_consumers.run(consuming, Namespace(wait=0)) == 0


def test_nothing_is_written_while_something_consumes_or_a_table_is_missing(
    consuming: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(rows, "copy", lambda *given: written.append(given[1]))
    with pytest.raises(Refusal, match="still consume"):
        restore_rows.run(consuming, Namespace(prefix="before"))
    consumers.switch(consuming, enabled=False)
    with pytest.raises(Refusal, match=r"before-customers, before-records.*Nothing was written"):
        restore_rows.run(consuming, Namespace(prefix="before"))
    assert written == []
