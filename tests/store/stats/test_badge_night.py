"""Many customers lapse in one night, and the job is killed again and again: each is told once."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

import pytest

from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.stats.counting_rules import CountingRules
from customers.store.customers.pointers import pointer_row
from customers.store.customers.rows import customer_rows
from customers.store.stats.badge_reports import badge_now
from customers.store.stats.badge_rows import due_key
from customers.store.stats.contributions import note_about
from customers.store.stats.derived_rows import Note, note_row
from tests.support.books import CUSTOMERS, DERIVED, RECORDS, Town, interrupting
from tests.support.crashes import Crash, crash_at
from tests.support.dynamodb.in_memory import lay
from tests.support.facts import NOON
from tests.support.stats.days import LAPSES, Days

pytestmark = pytest.mark.slow

PEOPLE = int(os.environ.get("PEOPLE", "400"))
KILLS = 5


def lay_down(days: Days) -> None:
    """People who all came at noon, as the store's writers leave them."""
    enterprise, rows, derived, pointers = days.books.enterprise, [], [], []
    for number in range(PEOPLE):
        activity = NO_ACTIVITY.visited(NOON, 100)
        profile = Profile(f"usr_{number:032x}", Phone(f"+9741{number:07}"), "QAR", activity=activity)
        badge, _ = badge_now(None, {}, profile, CountingRules(), NOON)
        assert badge
        assert badge.due
        note: Note = note_about(profile, CountingRules(), NOON)
        rows += customer_rows(enterprise, profile)
        pointers.append(pointer_row(enterprise, profile, {}))
        derived.append(note_row(enterprise, profile.customer_id, Note(1, note.figures, note.terms, note.phone, badge)))
        derived.append(due_key(enterprise, profile.customer_id, badge.due))
    for table, items in ((CUSTOMERS, rows), (RECORDS, pointers), (DERIVED, derived)):
        lay(table, items)


@pytest.mark.thorough
def test_a_night_with_five_kills_tells_everybody_once(town: Town) -> None:
    days = Days(town.newcomer())
    lay_down(days)
    whole, killed, looked_at = days.derivation.derived, 0, 0
    while True:
        # Each run dies at its third transaction, before it or after it.
        moment = ("before-call", "after-call")[killed % 2]
        client = interrupting(f"{moment}.dynamodb.TransactWriteItems", crash_at(3))
        days.derivation.derived = days.deriver(client) if killed < KILLS else whole
        try:
            looked_at += days.look(LAPSES)
            break
        except Crash:
            killed += 1
    events = days.events()
    assert killed == KILLS
    assert len(events) == len({each["event_id"] for each in events}) == PEOPLE
    assert {(each["from"], each["to"], each["cause"], each["day"]) for each in events} == {
        ("new", "lapsed", "time", "2024-08-31")
    }
    assert Counter(each["customer_id"] for each in events).most_common(1)[0][1] == 1
    assert days.listed() == []
    assert days.look(LAPSES + timedelta(hours=1)) == 0
    days.derivation.close()
