"""The days of the stats are the enterprise's own, and a change of its time zone counts them again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.badge_days import badge_days
from customers.domain.enterprise import Thresholds
from customers.domain.stats.customer_refs import History, Waiting, buckets
from customers.domain.time_zones import known_zones, local_date, midnight
from customers.store.aws.messages import message_of, waiting_of
from tests.support.books import Books
from tests.support.facts import LAYLA, NOON, OMAR, enterprise_fact
from tests.support.stats.derivation import Derivation
from tests.support.stats.deriving import Post, again

pytestmark = pytest.mark.slow

LATE = NOON.replace(hour=22, minute=30)


def configure(books: Books, day: int = 0, **fields: Any) -> None:
    fact = enterprise_fact("enterprise.configured", books.enterprise, at=NOON + timedelta(days=day), **fields)
    books.registry.post(fact)


def days(derivation: Derivation, counter: str) -> dict[tuple[str, str], int]:
    return {place: counts[counter] for place, counts in derivation.held().days.items() if counter in counts}


def test_an_evening_in_qatar_is_the_next_day(books: Books, derivation: Derivation) -> None:
    configure(books, time_zone="Asia/Qatar")
    books.post("customer.registered", at=LATE)
    books.post("purchase.completed", at=LATE, branch_id="north-1")
    books.post("purchase.refunded", at=LATE)
    derivation.reconcile()
    tomorrow = (LATE + timedelta(hours=3)).date().isoformat()
    assert days(derivation, "visits") == {(tomorrow, ""): 1, (tomorrow, "north-1"): 1}
    assert days(derivation, "refunds") == days(derivation, "new_customers") == {(tomorrow, ""): 1}
    assert derivation.is_right()


def _message(waiting: Waiting) -> dict[str, Any]:
    body = message_of(waiting)
    return {"messageId": "m", "receiptHandle": "r", "attributes": {"ApproximateReceiveCount": "1"}, "body": body}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Qatar", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu"])
def test_a_change_counts_every_day_anew(books: Books, derivation: Derivation, post: Post, zone: str) -> None:
    for number in range(3):
        at = LATE + timedelta(hours=5 * number)
        books.post("purchase.completed", at=at, purchase_id=f"p-{number}", branch_id="north-1")
        books.post("purchase.completed", about=OMAR, at=at, purchase_id=f"o-{number}", branch_id=None)
    books.post("purchase.refunded", at=LATE)
    books.post("promo.granted", expires_at="2027-01-01T00:30:00Z")
    derivation.reconcile()
    assert derivation.is_right()
    configure(books, 1, time_zone=zone)
    used = {derivation.change(phone).customer_id[4:6] for phone in (LAYLA, OMAR)}
    waiting = [_message(each) for each in buckets(books.enterprise, days=True) if each.bucket in used]
    while waiting:
        assert again(derivation, post, *waiting) == []
        waiting = post.take("changes")
    assert derivation.is_right()


def test_a_long_history_is_counted_in_pages(books: Books, derivation: Derivation) -> None:
    books.post("customer.registered")
    customer_id = books.customer().customer_id
    names = [*(f"purchase#p-{number:03}" for number in range(150)), "refund#r-1"]
    for name in names:
        derivation.put("RecordsTable", {"pk": {"S": f"{books.enterprise}#{customer_id}"}, "sk": {"S": name}})
    found = list[str]()
    rest: History | None = History(books.enterprise, customer_id)
    while rest:
        page, rest = derivation.pages.history_page(rest)
        found += [each.transaction or "" for each in page]
        assert len(page) <= 100
    assert found == names


def test_what_waits_survives_its_message() -> None:
    waiting: list[Waiting] = [History("acme", "usr_1", "purchase#p-1"), *buckets("acme", days=True)[:2]]
    for each in waiting:
        assert waiting_of(message_of(each)) == each


def test_a_day_begins_where_the_clocks_say_so() -> None:
    assert midnight(date(2026, 6, 5), "Asia/Qatar") == datetime(2026, 6, 4, 21, tzinfo=UTC)
    assert local_date(datetime(2026, 6, 4, 22, 30, tzinfo=UTC), "Asia/Qatar") == date(2026, 6, 5)
    # Cairo's clocks skip midnight of this day.
    skipped = midnight(date(2026, 4, 24), "Africa/Cairo")
    assert local_date(skipped, "Africa/Cairo") == date(2026, 4, 24)
    assert local_date(skipped - timedelta(microseconds=1), "Africa/Cairo") == date(2026, 4, 23)
    assert {"UTC", "Asia/Qatar", "America/New_York"} <= known_zones()


def test_a_badge_lapses_at_the_enterprises_midnight() -> None:
    # 22:30Z is half past one in Qatar, on the day that began at 21:00Z.
    visited = NO_ACTIVITY.visited(datetime(2026, 6, 1, 22, 30, tzinfo=UTC), 1)
    assert list(badge_days(visited, Thresholds())) == [date(2026, 8, 31)]
    assert list(badge_days(visited, Thresholds(), "Asia/Qatar")) == [date(2026, 9, 1)]
    at_midnight = NO_ACTIVITY.visited(datetime(2026, 6, 1, 21, tzinfo=UTC), 1)
    assert list(badge_days(at_midnight, Thresholds(), "Asia/Qatar")) == [date(2026, 8, 31)]
