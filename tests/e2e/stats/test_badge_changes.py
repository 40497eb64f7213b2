"""Changes of badges on a stack: each is an event once, whether facts, thresholds or a night make it.

`PEOPLE=10000 KILLS=5` looks longer at the night.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.stats.customer_refs import CustomerRef, Due
from customers.domain.stats.enterprise_totals import NOTHING, base_on
from customers.store.aws.messages import message_of
from customers.store.customers.pointers import pointer_row
from customers.store.customers.rows import customer_rows
from customers.store.stats.badge_rows import DUE_BUCKETS, due_partition, noted_badge_of
from customers.store.stats.enterprise_stats import EnterpriseStats
from customers.store.stats.reconciler import Reconciler
from tests.e2e.conftest import Enterprise, eventually, wait_until_empty

PEOPLE, KILLS = int(os.environ.get("PEOPLE", "300")), int(os.environ.get("KILLS", "2"))
PATIENCE = 120.0 + PEOPLE / 20
LAYLA, OMAR = "+97433001122", "+97466005566"
MONEY = {"currency": "QAR"}
DAY = timedelta(days=1)
TOGETHER = 25
"""Rows in a request."""
JOB = ("DeriveAgainFunction", "PublishOutboxFunction")
"""What a night keeps busy, and what is killed."""


def stats(shop: Enterprise) -> dict[str, Any]:
    answer = shop.get("/customers/stats", shop.admin("customer:STATS"))
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def badge_changes(shop: Enterprise) -> list[dict[str, Any]]:
    """All that the feed has so far."""
    token, cursor, found = shop.admin("events:READ"), "", list[dict[str, Any]]()
    while True:
        data = shop.get(f"/changes?limit=500{cursor}", token).json()["data"]
        found += [each["detail"] for each in data["events"] if each["type"] == "customer.badge_changed"]
        if not data["more"]:
            return found
        cursor = f"&cursor={quote(data['next_cursor'], safe='')}"


def moved(events: list[dict[str, Any]]) -> Counter[str]:
    """By how much the events change the number of customers with each badge."""
    difference = Counter[str]()
    for event in events:
        difference[event["from"]] -= 1
        difference[event["to"]] += 1
    return difference


def told(events: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(each["from"], each["to"], each["cause"]) for each in events]


def buy(shop: Enterprise, phone: str, at: datetime) -> str:
    given = {"purchase_id": str(uuid.uuid4()), "amount_minor": 100, **MONEY}
    return shop.publish("purchase.completed", phone, **given, occurred_at=at.isoformat())


def test_facts_and_thresholds_are_events_that_add_up_to_the_stats(enterprise: Enterprise) -> None:
    now = datetime.now(UTC)
    for phone in (LAYLA, OMAR):
        enterprise.publish("customer.registered", phone, name="Somebody")
    eventually(lambda: stats(enterprise)["badges"]["new"] == 2)
    for number in range(3):
        buy(enterprise, LAYLA, now - timedelta(minutes=number))
    eventually(lambda: stats(enterprise)["badges"]["regular"] == 1)
    changed: dict[str, Any] = {"name": "Test", "currency": "QAR", "home_region": "QA", "badge": {"vip_visits_90d": 3}}
    enterprise.publish("enterprise.configured", **changed, occurred_at=now.isoformat())
    eventually(lambda: stats(enterprise)["badges"] == {"new": 1, "regular": 0, "vip": 1, "lapsed": 0})
    eventually(lambda: len(badge_changes(enterprise)) == 2)
    # What comes again changes nothing: the same facts by the same ids would, and so would another look.
    buy(enterprise, LAYLA, now - timedelta(minutes=5))
    eventually(lambda: stats(enterprise)["period"]["visits"] == 4)
    events = badge_changes(enterprise)
    assert told(events) == [("new", "regular", "fact"), ("regular", "vip", "thresholds")]
    assert [each["change"] for each in events] == [1, 2]
    assert +moved(events) + Counter({"new": 2}) - -moved(events) == Counter({"new": 1, "vip": 1})


@dataclass
class Night:
    """An enterprise whose day began within this hour, and people whose last visit is 90 days and some hours old."""

    shop: Enterprise
    aws: Callable[[str], Any]

    def __post_init__(self) -> None:
        self.began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        """The midnight."""
        hour = self.began.hour
        self.zone = f"Etc/GMT+{hour}" if hour <= 12 else f"Etc/GMT-{24 - hour}"
        self.today: date = (self.began - timedelta(hours=hour if hour <= 12 else hour - 24)).date()
        self.tables = self.aws("dynamodb")
        self.names = self.shop.stack["tables"]

    def configure(self) -> None:
        """Other settings have all customers looked at: the last of them is done when this returns."""
        self.shop.publish("customer.registered", OMAR, name="Somebody")
        eventually(lambda: self._zones() == {"UTC"})
        said = {"name": "Test", "currency": "QAR", "home_region": "QA", "time_zone": self.zone}
        self.shop.publish("enterprise.configured", **said, occurred_at=datetime.now(UTC).isoformat())
        eventually(lambda: self._zones() == {self.zone})
        wait_until_empty(self.aws("sqs"), self.shop.stack["queues"]["changes"])

    def _zones(self) -> set[str]:
        """Those by which the notes have been counted."""
        mine = {
            "FilterExpression": "begins_with(pk, :mine)",
            "ExpressionAttributeValues": {":mine": {"S": self.shop.id}},
        }
        rows = self.tables.scan(TableName=self.names["derived"], **mine)["Items"]
        return {noted.rules.time_zone for row in rows if (noted := noted_badge_of(row))}

    def lay_down(self) -> None:
        """As the fold leaves them; what is derived of them is what was derived yesterday."""
        activity = NO_ACTIVITY.visited(self.began - 90 * DAY - timedelta(hours=12), 100)
        profiles = [
            Profile(f"usr_{uuid.uuid4().hex}", Phone(f"+9741{number:07}"), "QAR", activity=activity)
            for number in range(PEOPLE)
        ]
        self._write("records", [pointer_row(self.shop.id, each, {}) for each in profiles])
        self._write("customers", [row for each in profiles for row in customer_rows(self.shop.id, each)])
        derived, customers, records, enterprises = (
            self.names[each] for each in ("derived", "customers", "records", "enterprises")
        )
        yesterday = Reconciler(
            self.tables, derived, customers, records, enterprises, clock=lambda: self.began - DAY / 2
        )
        changes = [CustomerRef(self.shop.id, each.customer_id) for each in profiles]
        for start in range(0, PEOPLE, 100):
            assert yesterday.reconcile(changes[start : start + 100]) == {}

    def _write(self, table: str, rows: list[Any]) -> None:
        for start in range(0, len(rows), TOGETHER):
            entries = [{"PutRequest": {"Item": row}} for row in rows[start : start + TOGETHER]]
            assert not self.tables.batch_write_item(RequestItems={self.names[table]: entries})["UnprocessedItems"]

    def begin(self) -> None:
        """The job; in an hour's last minutes, in which it may come too late, the message that it would send."""
        if datetime.now(UTC) - self.began < timedelta(minutes=55):
            self.aws("lambda").invoke(FunctionName=function(self.aws, "begin_days"), Payload=b"{}")
        else:
            message = message_of(Due(self.shop.id, self.today.isoformat()))
            self.aws("sqs").send_message(QueueUrl=self.shop.stack["queues"]["changes"], MessageBody=message)

    def listed(self) -> int:
        """How many are still to be looked at."""
        return sum(
            self.tables.query(
                TableName=self.names["derived"],
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": due_partition(self.shop.id, bucket)}},
                Select="COUNT",
            )["Count"]
            for bucket in DUE_BUCKETS
        )

    def badges(self, day: date) -> Counter[str]:
        """What the stats say of a day."""
        kept, enterprise = EnterpriseStats(self.tables, self.names["derived"]), self.shop.id
        base = base_on(day, kept.totals(enterprise), kept.customer_days(enterprise, day).badges, NOTHING)
        return Counter({str(name): count for name, count in base.badges.items()})


def function(aws: Callable[[str], Any], handler: str) -> str:
    """The name of the function with a handler."""
    pages = aws("lambda").get_paginator("list_functions").paginate()
    every = (each for page in pages for each in page["Functions"])
    return next(str(each["FunctionName"]) for each in every if each["Handler"].split(".")[-2] == handler)


@contextmanager
def nothing_derived(aws: Callable[[str], Any]) -> Iterator[None]:
    """The streams tell nobody meanwhile. What they have to tell comes afterwards."""
    lambdas = aws("lambda")
    mappings = lambdas.list_event_source_mappings(FunctionName=function(aws, "derive"))["EventSourceMappings"]

    def switch(enabled: bool) -> None:
        for each in mappings:
            lambdas.update_event_source_mapping(UUID=each["UUID"], Enabled=enabled)

    switch(False)
    try:
        yield
    finally:
        switch(True)


def kill(stack: dict[str, Any]) -> int:
    """Kill the processes of the job, whatever they are doing. How many there were."""
    listed = subprocess.run(["ps", "-ewwo", "pid=,command="], capture_output=True, text=True, check=True)
    killed = 0
    for line in listed.stdout.splitlines():
        process, command = line.split(maxsplit=1)
        if any(f"ministack-lambda-{stack['stack']}-{name}" in command for name in JOB):
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
                killed += 1
    return killed


@pytest.mark.slow
@pytest.mark.thorough
def test_a_night_tells_everybody_once_however_often_the_job_is_killed(
    enterprise: Enterprise, stack: dict[str, Any], aws: Callable[[str], Any]
) -> None:
    night = Night(enterprise, aws)
    night.configure()
    with nothing_derived(aws):
        night.lay_down()
        assert night.listed() == PEOPLE
        yesterday = night.badges(night.today - DAY)
        began = time.monotonic()
        for number in range(1, KILLS + 1):
            night.begin()
            eventually(lambda: night.listed() <= PEOPLE - PEOPLE * number // (KILLS + 2), PATIENCE)  # noqa: B023
            # An earlier run may have done this part before this one has a process.
            eventually(lambda: kill(stack), PATIENCE)
        # What a killed run had in its hands comes again in six minutes. The next run of the job does not wait for it.
        night.begin()
        eventually(lambda: night.listed() == 0, PATIENCE)
        seconds = time.monotonic() - began
        eventually(lambda: len(badge_changes(enterprise)) >= PEOPLE, PATIENCE)
        night.begin()
    events = badge_changes(enterprise)
    assert len(events) == len({each["event_id"] for each in events}) == PEOPLE
    assert len({each["customer_id"] for each in events}) == PEOPLE
    assert {(*each, today["day"]) for each, today in zip(told(events), events, strict=True)} == {
        ("new", "lapsed", "time", night.today.isoformat())
    }
    # The events of the day are the difference of the stats' badges.
    after = Counter(stats(enterprise)["badges"])
    after.subtract(yesterday)
    assert {name: count for name, count in after.items() if count} == dict(moved(events))
    print(f"{PEOPLE:,} customers lapsed in {seconds:,.0f} s, {KILLS} kills: {len(events):,} events by id, none twice")
    # What the streams have to tell changes nothing.
    buy(enterprise, f"+9741{0:07}", datetime.now(UTC))
    eventually(lambda: [each for each in badge_changes(enterprise) if each["from"] == "lapsed"], PATIENCE)
    assert len(badge_changes(enterprise)) == PEOPLE + 1
