"""An enterprise of any size: who its customers are, told plainly, and the rows that the fold and the deriver would have
left of them, laid down without the facts that made them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.locked import Locked
from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.stats.contributions import Counted, Place, contributions_of, transaction_contributions
from customers.domain.stats.counting_rules import CountingRules
from customers.store.customers.pointers import pointer_row
from customers.store.customers.rows import customer_rows
from customers.store.dynamodb.items import Item
from customers.store.stats.badge_reports import badge_now
from customers.store.stats.badge_rows import due_key
from customers.store.stats.contributions import note_about
from customers.store.stats.derived_rows import note_row, term_row
from customers.store.stats.shards import FEW
from customers.store.stats.sum_rows import rows_of
from tests.support.dynamodb.in_memory import are_in_memory, lay

FIRST = ("Layla", "Omar", "Noor", "José", "Zoë", "Ayşe", "ليلى", "أحمد", "فاطمة", "Mary-Jane", "Łukasz")
LAST = ("Hassan", "Al-Kuwari", "García", "O'Brien", "Müller", "حسن", "Nguyễn", "Smith", "Søren", "Khan")
RARE = "Xanthippe Quist"
"""The name of one customer, whatever the number of the others."""
DAYS = 120
"""How far back visits reach: on each day there are some, so that few customers and many have equally many days."""
BRANCHES = ("north", "south")
AT_ONCE = 25
"""Rows that DynamoDB writes in one request."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of one of them. Money is in minor units."""

    number: int
    name: str
    phone: str
    verified: bool
    disabled: bool
    balance: int
    locked: int
    since: datetime
    visits: Sequence[tuple[datetime, int]]
    """When, and for how much."""

    @property
    def id(self) -> str:
        # The first two digits are the bucket of the note: spread, as random ids are.
        return f"usr_{self.number * 89 % 256:02x}{self.number:030x}"

    @property
    def branch(self) -> str:
        return BRANCHES[self.number % len(BRANCHES)]

    @property
    def profile(self) -> Profile:
        activity = NO_ACTIVITY
        for at, amount in self.visits:
            activity = activity.visited(at, amount)
        return Profile(
            self.id,
            Phone(self.phone),
            "QAR",
            version=1,
            verified=self.verified,
            disabled=self.disabled,
            name=self.name,
            member_since=self.since,
            balance_minor=self.balance,
            locked=Locked(self.locked),
            activity=activity,
        )


def crowd(size: int, today: datetime) -> list[Person]:
    """The same for the same numbers; a smaller one begins a greater one. `today` is the midnight it begins with."""
    return [_person(number, today) for number in range(size)]


def _person(number: int, today: datetime) -> Person:
    # Every fifth day for most; one in five never came, one in five lapsed long ago.
    came = {0: range(0), 1: range(100 + number % 7, DAYS, 5)}.get(number % 5, range(number % 5, DAYS, 1 + number % 37))
    noon = datetime.combine(today.date(), time(12), UTC)
    return Person(
        number=number,
        name=RARE if number == 7 else f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}",
        # Numbers that can be dialled by nobody: none of Qatar's begins with 1.
        phone=f"+9741{number:07}",
        verified=number % 3 != 0,
        disabled=number % 19 == 18,
        # One owes something: they count as nothing to spend.
        balance=-100 if number == 11 else number * 37 % 5000,
        locked=(number % 4) * 250,
        since=noon - timedelta(days=number % DAYS),
        visits=[(noon - timedelta(days=1 + day), 500 + number % 1000) for day in came],
    )


def lay_down(client: DynamoDBClient, tables: Mapping[str, str], enterprise: str, people: Sequence[Person]) -> None:
    """By the store's own writers. Customers come last: a deriver that is woken by them finds nothing to write."""
    now = datetime.now(UTC)
    pointers, derived, rows = list[Item](), sum_rows(enterprise, people, now), list[Item]()
    for person in people:
        profile = person.profile
        note = note_about(profile, CountingRules(), now)
        pointers.append(pointer_row(enterprise, profile, {}))
        badge, _ = badge_now(None, {}, profile, CountingRules(), now)
        derived.append(note_row(enterprise, person.id, replace(note, revision=1, badge=badge)))
        if badge and badge.due:
            derived.append(due_key(enterprise, person.id, badge.due))
        derived += [term_row(enterprise, term, person.id, person.phone) for term in note.terms]
        rows += customer_rows(enterprise, profile)
    for table, items in (("records", pointers), ("derived", derived), ("customers", rows)):
        put_all(client, tables[table], items)


def sum_rows(enterprise: str, people: Sequence[Person], now: datetime) -> list[Item]:
    """Totals, days of the enterprise and of its branches, days of badges and of visitors; each over some shards."""
    sums: dict[int, defaultdict[Place, Counter[str]]] = {shard: defaultdict(Counter) for shard in range(FEW)}
    for person in people:
        bought = (
            transaction_contributions("purchase", Counted(amount, f"{at:%Y-%m-%d}", person.branch))
            for at, amount in person.visits
        )
        for share in (contributions_of(person.profile, CountingRules(), now), *bought):
            for place, counts in share.items():
                sums[person.number % FEW][place].update(counts)
    return [
        {**key, **{name: {"N": str(value)} for name, value in counters.items()}}
        for shard, held in sums.items()
        for key, counters in rows_of(enterprise, held, shard)
    ]


def put_all(client: DynamoDBClient, table: str, items: Sequence[Item]) -> None:
    """However many."""
    if are_in_memory(client):
        lay(table, items)
        return
    for start in range(0, len(items), AT_ONCE):
        puts: list[Any] = [{"PutRequest": {"Item": item}} for item in items[start : start + AT_ONCE]]
        assert not client.batch_write_item(RequestItems={table: puts}).get("UnprocessedItems")
