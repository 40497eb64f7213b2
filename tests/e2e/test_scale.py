"""Search and stats with few customers and with many: right, for as many requests and rows, and how long it takes.

`make scale` has 20,000; in `make test-thorough` a few hundred stand for many. Time is printed and not judged: the
emulator looks at all rows of a partition for a Query, DynamoDB at those it gives. How much of the time that is, the
last column tells.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from customers.domain.enterprise import Settings
from customers.domain.stats.enterprise_totals import Period
from customers.store.search import SearchIndex
from customers.store.stats.enterprise_stats import EnterpriseStats
from customers.store.stats.shards import FEW as SHARDS
from customers.wire.http.request import Request
from customers.wire.search import SearchQuery
from tests.e2e.conftest import Enterprise, eventually
from tests.support.customers.crowd import BRANCHES, DAYS, RARE, Person, crowd, lay_down
from tests.support.dynamodb.metering import Cost, counted

DAY = timedelta(days=1)
FEW = 20
ASKED = 5
"""Times that a question is asked, of which the fastest counts: a laptop has other things to do."""
Fits = Callable[[Person], bool]


@dataclass
class Town:
    """An enterprise of so many customers on the stack."""

    shop: Enterprise
    people: Sequence[Person]
    aws: Callable[[str], Any]

    def __post_init__(self) -> None:
        self.token = self.shop.admin("customer:SEARCH", "customer:STATS")

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._asked("POST", "/customers/search", json=body)

    def stats(self, query: str) -> dict[str, Any]:
        return self._asked("GET", f"/customers/stats?{query}")

    def _asked(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        # A laptop that has much else to do may be told to try again.
        answer = self.shop.send(method, path, self.token, **body)
        if answer.status_code == 503:
            time.sleep(float(answer.headers["Retry-After"]))
            answer = self.shop.send(method, path, self.token, **body)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


@pytest.fixture(scope="module")
def few(stack: dict[str, Any], aws: Callable[[str], Any]) -> Town:
    return _town(stack, aws, FEW)


@pytest.fixture(
    scope="module",
    params=[pytest.param(300, marks=pytest.mark.thorough), pytest.param(20_000, marks=pytest.mark.scale)],
)
def many(stack: dict[str, Any], aws: Callable[[str], Any], request: pytest.FixtureRequest) -> Town:
    return _town(stack, aws, request.param)


def _town(stack: dict[str, Any], aws: Callable[[str], Any], size: int) -> Town:
    midnight = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
    town = Town(Enterprise(stack).open(), crowd(size, midnight), aws)
    lay_down(aws("dynamodb"), stack["tables"], town.shop.id, town.people)
    # The stack's own deriver looks at all of them. What is told afterwards has had its turn when they have.
    after = Town(Enterprise(stack).open(), [], aws)
    after.shop.publish("customer.registered", "+97410000000", name="Last")
    eventually(lambda: after.search({"query": "last"})["customers"], patience=600)
    return town


def _milliseconds(ask: Callable[[], object]) -> float:
    def once() -> float:
        started = time.perf_counter()
        ask()
        return 1000 * (time.perf_counter() - started)

    return min(once() for _ in range(ASKED))


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config) -> Callable[[str, Town, Cost, float], None]:
    """Say what one question cost, to whom asked for nothing else."""

    def line(asked: str, town: Town, cost: Cost, took: float) -> None:
        if pytestconfig.option.markexpr != "scale":
            return
        with capsys.disabled():
            print(
                f"\n{asked:52} {len(town.people):6} customers  {len(cost.requests)} requests {cost.rows:5} rows"
                f" {took:6.0f} ms, the emulator's queries {1000 * cost.querying:6.0f} ms",
                end="",
            )

    return line


# -------------------------------------------------------------------------------------------------------------- search


def _last_name(word: str) -> Fits:
    return lambda person: person.name.endswith(f" {word}")


def _by_phone(person: Person) -> str:
    return person.phone


def _by_id(person: Person) -> str:
    return person.id


@dataclass(frozen=True)
class Question:
    """What is searched for, whom it fits, and in which order they are shown."""

    body: Mapping[str, Any]
    fits: Fits
    order: Callable[[Person], str]
    badge: str | None = None
    most_pages: int = 5


QUESTIONS = [
    Question({"query": RARE.split()[0].lower()}, lambda person: person.name == RARE, _by_id),
    Question({"query": "hassan", "limit": 1}, _last_name("Hassan"), _by_id),
    Question({"name": "حسن", "limit": 1}, _last_name("حسن"), _by_id),
    Question({"query": "0007"}, lambda person: person.phone.endswith("0007"), _by_id),
    Question({"phone_prefix": "+97410000007"}, lambda person: person.phone == "+97410000007", _by_phone),
    Question({"phone_prefix": "+9741", "limit": 20}, lambda person: True, _by_phone),
    Question({"limit": 10}, lambda person: True, _by_phone),
    Question({"query": "khan", "badge": "vip"}, _last_name("Khan"), _by_id, badge="vip", most_pages=1000),
    Question({"status": "pending_proof", "limit": 50}, lambda person: not person.verified, _by_phone),
    Question({"badge": "lapsed", "limit": 50}, lambda person: True, _by_phone, badge="lapsed"),
]


def _badge(person: Person, at: datetime) -> str:
    recent = sum(at - 90 * DAY < when <= at for when, _ in person.visits)
    if person.visits and not recent:
        return "lapsed"
    if recent >= 8 or sum(amount for _, amount in person.visits) >= 100_000:
        return "vip"
    return "regular" if len(person.visits) >= 3 else "new"


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda each: json.dumps(each.body, ensure_ascii=False))
def test_search_is_right_and_reads_no_more_of_many_than_of_few(
    few: Town, many: Town, asked: Question, tell: Callable[[str, Town, Cost, float], None]
) -> None:
    costs = []
    for town in (few, many):
        _is_right(town, asked)
        took = _milliseconds(lambda town=town: town.search(asked.body))  # type: ignore[misc]
        costs.append((town, _page(town, asked), took))
        tell(json.dumps(asked.body, ensure_ascii=False), *costs[-1])
    for town, cost, _ in costs:
        named = sum(asked.fits(person) or "status" in asked.body for person in town.people if not person.disabled)
        assert cost.requests == (["Query", "BatchGetItem"] if named else ["Query"])
        # A page's candidates, each in the index and as a row; or as many as there are.
        assert cost.rows == 2 * min(named, _query(asked).reads)


def _is_right(town: Town, asked: Question) -> None:
    """Page after page, those who fit and nobody else, in their order, up to the end or so many pages."""
    found: list[str] = []
    cursor, first = None, None
    for _ in range(asked.most_pages):
        data = town.search({**asked.body, "cursor": cursor})
        first = first or datetime.fromisoformat(data["fetched_at"])
        found += [each["customer_id"] for each in data["customers"]]
        cursor = data["next_cursor"]
        if cursor is None:
            break
    assert first
    fitting = [person for person in town.people if not person.disabled and asked.fits(person)]
    expected = [
        person.id
        for person in sorted(fitting, key=asked.order)
        if asked.badge is None or _badge(person, first) == asked.badge
    ]
    assert found == (expected if cursor is None else expected[: len(found)])
    assert found or not expected


def _query(asked: Question) -> SearchQuery:
    return SearchQuery.read(Request({}, {}, body=json.dumps(asked.body).encode()), Settings("Test", "QAR", "QA"))


def _page(town: Town, asked: Question) -> Cost:
    """Of the first page, read as the function reads it."""
    client, tables, query = town.aws("dynamodb"), town.shop.stack["tables"], _query(asked)
    index = SearchIndex(client, tables["derived"], tables["customers"])
    with counted(client) as cost:
        index.read(town.shop.id, query.criteria.source, None, query.reads)
    return cost


# --------------------------------------------------------------------------------------------------------------- stats


@pytest.mark.parametrize("branch", [None, BRANCHES[0]])
def test_stats_equal_a_recount_and_read_rows_by_the_days_and_not_by_the_customers(
    few: Town, many: Town, branch: str | None, tell: Callable[[str, Town, Cost, float], None]
) -> None:
    today = datetime.now(UTC).date()
    first = today - (DAYS + 1) * DAY
    query = f"from={first}&to={today}" + (f"&branch_id={branch}" if branch else "")
    days = (today - first).days + 1
    for town in (few, many):
        data = town.stats(query)
        assert data["days"] == [_day(town.people, first + number * DAY, branch) for number in range(days)]
        assert branch or {name: data[name] for name in _base(town.people, today)} == _base(town.people, today)
        cost = _figures(town, first, today, branch)
        took = _milliseconds(lambda town=town: town.stats(query))  # type: ignore[misc]
        tell(f"stats of {days} days{' of a branch' if branch else ''}", town, cost, took)
        assert cost.requests == ["Query"] * (1 if branch else 3)
        # Of totals, of the days ahead on which badges change, with active customers, and of the days asked.
        assert cost.rows <= SHARDS * (days + (0 if branch else 1 + 4))


def _day(people: Sequence[Person], day: date, branch: str | None) -> dict[str, Any]:
    amounts = [
        amount
        for person in people
        if branch in (None, person.branch)
        for at, amount in person.visits
        if at.date() == day
    ]
    # As far back as visits reach, their rows have them.
    counted = datetime.combine(day, datetime.min.time(), UTC) > datetime.now(UTC) - timedelta(days=90)
    came = sum(any(at.date() == day for at, _ in person.visits) for person in people) if counted else None
    new = sum(person.since.date() == day for person in people)
    whole = dict.fromkeys(("new_customers", "active_customers"))
    refunds = dict.fromkeys(("refunds", "refunded_minor"), None if branch else 0)
    return {
        "date": day.isoformat(),
        "visits": len(amounts),
        "spend_minor": sum(amounts),
        **refunds,
        **(whole if branch else {"new_customers": new, "active_customers": came}),
    }


def _base(people: Sequence[Person], today: date) -> dict[str, Any]:
    seen = [person for person in people if not person.disabled]
    midnight = datetime.combine(today, datetime.min.time(), UTC)
    badges = [_badge(person, midnight) for person in seen]
    visited = [person for person in seen if person.visits]
    pending = [person for person in people if not person.verified and not person.disabled]
    return {
        "customers": {
            "registered": len(seen) - len(pending),
            "pending_proof": len(pending),
            "disabled": len(people) - len(seen),
        },
        "badges": {badge: badges.count(badge) for badge in ("new", "regular", "vip", "lapsed")},
        "active_customers": len(visited) - badges.count("lapsed"),
        "repeat_rate": round(sum(len(person.visits) > 1 for person in visited) / len(visited), 4),
        "spendable_minor": sum(max(0, person.balance) for person in people),
        "locked_promo_minor": sum(person.locked for person in people),
        "unclaimed_cashback_minor": sum(person.locked for person in pending),
    }


def _figures(town: Town, first: date, today: date, branch: str | None) -> Cost:
    client = town.aws("dynamodb")
    sums = EnterpriseStats(client, town.shop.stack["tables"]["derived"])
    with counted(client) as cost:
        sums.days(town.shop.id, Period(first, today), branch)
        if branch is None:
            sums.totals(town.shop.id)
            sums.customer_days(town.shop.id, today)
    return cost
