"""What was read a moment ago is not read again; nothing is kept for longer, or for somebody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.store.customers.summaries import Summaries
from tests.support.books import Books
from tests.support.facts import LAYLA, OMAR

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
KEEP = timedelta(seconds=5)


class Reads:
    """A store that notes whom it is asked for, and finds nobody named Omar."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, enterprise: str, phone: Phone) -> Profile | None:
        self.asked.append((enterprise, phone.e164))
        return None if phone.e164 == OMAR else Profile(f"usr_{len(self.asked)}", phone, "QAR")


def test_one_read_serves_until_it_is_too_old() -> None:
    reads = Reads()
    summaries = Summaries(reads, KEEP)
    first = summaries.find("acme", Phone(LAYLA), NOON)
    assert summaries.find("acme", Phone(LAYLA), NOON + KEEP - timedelta(microseconds=1)) == first
    assert first.at == NOON
    second = summaries.find("acme", Phone(LAYLA), NOON + KEEP)
    assert second.at == NOON + KEEP
    assert len(reads.asked) == 2


def test_nobody_is_kept_like_somebody() -> None:
    reads = Reads()
    summaries = Summaries(reads, KEEP)
    assert [summaries.find("acme", Phone(OMAR), NOON).profile for _ in range(3)] == [None] * 3
    assert len(reads.asked) == 1


def test_each_enterprise_and_each_phone_is_read_for_itself() -> None:
    reads = Reads()
    summaries = Summaries(reads, KEEP)
    for enterprise in ("acme", "other"):
        for phone in (LAYLA, OMAR):
            summaries.find(enterprise, Phone(phone), NOON)
    assert reads.asked == [(enterprise, phone) for enterprise in ("acme", "other") for phone in (LAYLA, OMAR)]


def test_no_more_than_so_many_are_kept_and_the_oldest_goes_first() -> None:
    reads = Reads()
    summaries = Summaries(reads, KEEP, most=3)
    phones = [Phone(f"+9743300112{number}") for number in range(4)]
    for phone in phones:
        summaries.find("acme", phone, NOON)
    for phone in phones[1:]:
        summaries.find("acme", phone, NOON)
    assert len(reads.asked) == 4
    summaries.find("acme", phones[0], NOON)
    assert len(reads.asked) == 5


def test_nobody_is_held_in_memory_once_they_are_too_old() -> None:
    summaries = Summaries(Reads(), KEEP)
    summaries.find("acme", Phone(LAYLA), NOON)
    summaries.find("acme", Phone(OMAR), NOON + KEEP)
    assert LAYLA not in str([phone.e164 for _, phone in summaries._seen])


def test_a_clock_that_was_set_back_makes_no_answer_last_longer() -> None:
    reads = Reads()
    summaries = Summaries(reads, KEEP)
    summaries.find("acme", Phone(LAYLA), NOON)
    earlier = summaries.find("acme", Phone(LAYLA), NOON - timedelta(hours=1))
    assert earlier.at == NOON - timedelta(hours=1)
    assert len(reads.asked) == 2


def test_a_read_that_failed_is_tried_again() -> None:
    outcomes = iter([OSError, None])

    def read(_enterprise: str, phone: Phone) -> Profile | None:
        if error := next(outcomes):
            raise error
        return Profile("usr_1", phone, "QAR")

    summaries = Summaries(read, KEEP)
    try:
        summaries.find("acme", Phone(LAYLA), NOON)
    except OSError:
        found = summaries.find("acme", Phone(LAYLA), NOON)
    assert found.profile
    assert found.profile.customer_id == "usr_1"


def test_what_is_kept_is_what_the_table_has(books: Books) -> None:
    books.post("balance.topped_up", amount_minor=700)
    seen = Summaries(books.profiles.find_eventually_consistent, KEEP).find(books.enterprise, Phone(LAYLA), NOON)
    assert seen.profile == books.customer()
