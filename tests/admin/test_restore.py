"""A restore: rows become those of restored tables, nothing consumes meanwhile, and erasures that wait delay nobody."""

from __future__ import annotations

import uuid
from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from admin.erasure import erasures
from admin.restore import consumers, restore_rows, rows, start_consumers, stop_consumers
from admin.stack.refusal import Refusal
from customers.domain.erasure.plan import Erasure
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


class Lambda:
    """Mappings as they are, and after how many looks they have changed."""

    def __init__(self, looks: int = 0) -> None:
        self.states, self.looks, self.asked = {"a": "Enabled", "b": "Enabled"}, looks, list[bool]()

    def update_event_source_mapping(self, UUID: str, Enabled: bool) -> None:  # noqa: N803
        self.asked.append(Enabled)
        self.states[UUID] = "Enabled" if Enabled else "Disabled"

    def get_event_source_mapping(self, UUID: str) -> dict[str, str]:  # noqa: N803
        self.looks -= 1
        return {"State": "Disabling" if self.looks >= 0 else self.states[UUID]}


@pytest.fixture
def functions(office: Office, monkeypatch: pytest.MonkeyPatch) -> Lambda:
    made = Lambda(looks=3)
    monkeypatch.setattr(consumers, "mappings", lambda _stack: {"Facts": "a", "Records": "b"})
    monkeypatch.setattr(consumers, "POLL", 0)
    monkeypatch.setattr(stop_consumers, "POLL", 0)
    client = type(office.stack).client
    monkeypatch.setattr(type(office.stack), "client", lambda self, of: made if of == "lambda" else client(self, of))
    return made


def test_all_consumers_are_stopped_and_started_again(
    office: Office, functions: Lambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_consumers, "at_work", lambda _stack: set())
    assert stop_consumers.run(office.stack, Namespace(wait=0)) == 0
    consumers.require_stopped(office.stack)
    assert set(functions.states.values()) == {"Disabled"}
    assert start_consumers.run(office.stack, Namespace()) == 0
    with pytest.raises(Refusal, match="still consume: Facts, Records"):
        consumers.require_stopped(office.stack)
    assert functions.asked == [False, False, True, True]


def test_one_that_does_not_change_is_named(office: Office, functions: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    functions.looks = 10**6
    monkeypatch.setattr(consumers, "PATIENCE", 0)
    with pytest.raises(Refusal, match="Facts, Records"):
        consumers.switch(office.stack, enabled=False)


def test_an_erasure_that_waits_for_money_holds_no_restore_up_and_one_at_work_does(
    office: Office, functions: Lambda, monkeypatch: pytest.MonkeyPatch
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
    assert stop_consumers.at_work(office.stack) == {"era_2"}
    with pytest.raises(Refusal, match="era_2"):
        stop_consumers.run(office.stack, Namespace(wait=0))
    monkeypatch.setattr(erasures, "running", lambda _stack: {"era_1"})
    assert stop_consumers.run(office.stack, Namespace(wait=0)) == 0


def test_nothing_is_written_while_something_consumes_or_a_table_is_missing(
    office: Office, functions: Lambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(rows, "copy", lambda *given: written.append(given[1]))
    functions.looks = 0
    with pytest.raises(Refusal, match="still consume"):
        restore_rows.run(office.stack, Namespace(prefix="before"))
    consumers.switch(office.stack, enabled=False)
    with pytest.raises(Refusal, match=r"before-customers, before-records.*Nothing was written"):
        restore_rows.run(office.stack, Namespace(prefix="before"))
    assert written == []
