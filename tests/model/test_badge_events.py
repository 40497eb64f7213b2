"""Events of badges: whoever has heard all of them knows the badge that the model gives to each customer, on any day."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.stats.customer_refs import CustomerRef, Due
from customers.store.stats.pages import Pages
from customers.store.stats.reconciler import Reconciler
from tests.model import stats
from tests.model.compare import _Run
from tests.model.histories import END, START, history, parting_history
from tests.model.product import Product, stopped
from tests.model.steps import Fact, Step
from tests.model.world import World
from tests.support.books import CUSTOMERS, DERIVED, ENTERPRISES, RECORDS
from tests.support.thorough import first

pytestmark = pytest.mark.slow

SEEDS = range(12)
LATER = (1, 40, 89, 90, 91, 130)
"""Days after the history on which somebody looks: time alone changes badges then. Every second time only the last."""


class Listener:
    """Keeps what is derived up to date by a clock, looks at each day that has begun, and hears every event."""

    def __init__(self, client: DynamoDBClient, product: Product) -> None:
        self._product, self.now = product, START
        self._derived = Reconciler(client, DERIVED, CUSTOMERS, RECORDS, ENTERPRISES, clock=lambda: self.now)
        self._pages = Pages(client, DERIVED, RECORDS)
        self._ids: set[str] = set()

    def follow(self, now: datetime) -> None:
        """What the streams and the job have done by then. A customer who has gone is told of, too."""
        if now.date() > self.now.date():
            self.look(now)
        self.now = max(self.now, now)
        rows = self._product.books.rows(CUSTOMERS)
        self._ids |= {row["customer_id"]["S"] for row in rows if "customer_id" in row}
        enterprise = self._product.shop.enterprise
        assert self._derived.reconcile([CustomerRef(enterprise, each) for each in sorted(self._ids)]) == {}

    def look(self, now: datetime) -> None:
        """The job of a day. It finds by itself whose badge time has changed."""
        self.now = now
        for bucket in self._pages.due_buckets(Due(self._product.shop.enterprise, now.date().isoformat())):
            rest: Due | None = bucket
            while rest:
                customers, rest = self._pages.due_page(rest)
                assert self._derived.reconcile(customers) == {}

    def events(self) -> dict[str, list[dict[str, Any]]]:
        """Of each customer in their order."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self._product.books.rows(RECORDS):
            if row.get("type") == {"S": "customer.badge_changed"}:
                event = json.loads(row["detail"]["S"])
                found.setdefault(event["customer_id"], []).append(event)
        return {customer: sorted(each, key=lambda event: event["change"]) for customer, each in found.items()}


def known_from(events: dict[str, list[dict[str, Any]]]) -> Counter[str]:
    """How many customers have each badge but `new`, with which everybody begins."""
    latest = Counter(each[-1]["to"] for each in events.values())
    return Counter({badge: latest[badge] for badge in ("regular", "vip", "lapsed") if latest[badge]})


def are_chains(events: dict[str, list[dict[str, Any]]]) -> bool:
    """Each event goes on where the last one ended, and says something new."""
    for each in events.values():
        assert [event["change"] for event in each] == [*range(1, len(each) + 1)]
        befores = ["new", *(event["to"] for event in each)]
        assert [event["from"] for event in each] == befores[:-1]
        assert all(event["from"] != event["to"] for event in each)
        assert [event["day"] for event in each] == sorted(event["day"] for event in each)
    ids = [event["event_id"] for each in events.values() for event in each]
    return len(ids) == len(set(ids))


@contextmanager
def running(client: DynamoDBClient, seed: int) -> Iterator[tuple[_Run, Listener]]:
    with stopped() as tell_time:
        tell_time(START)
        run = _Run(Product(client, tell_time), Random(seed))
        try:
            yield run, Listener(client, run.product)
        finally:
            run.product.close()


@pytest.mark.parametrize("seed", first(5, SEEDS))
@pytest.mark.parametrize("told", [history, parting_history])
def test_who_has_heard_every_event_knows_every_badge(
    tables: DynamoDBClient, seed: int, told: Callable[[int], list[Step]]
) -> None:
    with running(tables, seed) as (run, listener):
        instants = [START]
        for step in told(seed):
            run.step(step)
            run.product.again()
            instants.append(max(instants[-1], step.received_at if isinstance(step, Fact) else step.at))
            listener.follow(instants[-1])
            assert known_from(listener.events()) == expected(run, instants[-1])
        told_before = {each["event_id"] for one in listener.events().values() for each in one}
        for days in LATER[seed % 2 * (len(LATER) - 1) :]:
            listener.look(END + timedelta(days=days))
            assert known_from(listener.events()) == expected(run, listener.now), f"{days} days after the history"
        events = listener.events()
        assert are_chains(events)
        later = [each for one in events.values() for each in one if each["event_id"] not in told_before]
        assert {each["cause"] for each in later} <= {"time"}
        # A further look finds nothing to tell.
        listener.follow(listener.now + timedelta(hours=1))
        assert listener.events() == events


def expected(run: _Run, now: datetime) -> Counter[str]:
    badges = stats.stats(World(run.steps), now, now)["badges"]
    return Counter({badge: count for badge, count in badges.items() if count and badge != "new"})
