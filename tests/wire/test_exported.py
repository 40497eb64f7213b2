"""What an export's lines say, held to the shapes that its page shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from customers.domain.customers.activity import Activity
from customers.domain.customers.locked import Locked
from customers.domain.customers.profile import Profile
from customers.domain.customers.visits import Visits, micros
from customers.domain.export import Held, Part, PendingExport
from customers.domain.facts.account import Transaction
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.grants.grant import Grant
from customers.domain.facts.history import Entry
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.merge import Absorbed
from customers.domain.instants import sortable_instant
from customers.wire.export.exported import files_of, manifest_of
from customers.wire.export.files import FILES
from customers.wire.export.manifest import Manifest

NOW = datetime(2026, 6, 5, 9, 10, 0, 250, tzinfo=UTC)
DAY = timedelta(days=1)
SAID = EventOrder(NOW, "f-1")
LATER = EventOrder(NOW + DAY, "f-2")
PROFILE = Profile(
    "usr_1",
    Phone("+97433001122"),
    "QAR",
    version=7,
    verified=True,
    disabled=True,
    name="Layla",
    member_since=NOW - 400 * DAY,
    balance_minor=-5,
    locked=Locked(0, ((int((NOW + DAY).timestamp()), 100),), (), 1),
    activity=Activity(700, 3, NOW - DAY, Visits(tuple(micros(NOW - each * DAY) for each in (91, 89, 1)))),
    preferences={"milk": "oat", "sugar": None},
    consent={"marketing": False},
    provider_ids=("pos-1", "pos-2"),
)
ENTRIES = [
    Entry(SAID, "purchase.completed", {"purchase_id": "p-1", "amount_minor": 700, "currency": "QAR"}),
    Entry(LATER, "customer.verified", {}),
]
RECORDED = {"attributes": {"note": [1, {"x": None}]}, "recorded_at": "2026-06-05T09:10:01Z"}
EVENTS = [Entry(EventOrder(NOW, "evt_1"), "event.check_in", RECORDED)]
GRANT = Grant("g-1", 100, NOW + DAY, SAID)
GRANTS = [
    GRANT,
    Grant("g-2", 1, None, SAID, released=LATER),
    Grant("g-3", 1, None, SAID, expired=LATER),
    Grant("g-4", 1, None, SAID, released=SAID, expired=LATER),
    Grant("g-5", 1, None, SAID, released=LATER, expired=SAID),
    Grant("g-6", 1, NOW, SAID),
    Grant("g-7", 1, NOW - DAY, SAID, expired=LATER),
]
ABSORBED = [Absorbed("usr_2", Phone("+97466005566"), NOW - DAY)]
TRANSACTIONS = [Transaction("purchase", "p-1", 700, "north-1", SAID), Transaction("refund", "r-1", 7, None, LATER)]


def lines(profile: Profile = PROFILE) -> dict[str, list[Any]]:
    held = Held(profile, iter(ENTRIES), iter(EVENTS), iter(GRANTS), iter(TRANSACTIONS), iter(ABSORBED))
    return {name: list(each) for name, each in files_of(held, NOW)}


def fits(shape: Any, said: Any) -> None:
    """`said` has the shape's fields, all of them and no others."""
    assert TypeAdapter(shape).validate_python(said, strict=True, extra="forbid") == said


def test_there_is_a_file_for_each_kind_in_the_order_of_the_page() -> None:
    assert list(lines()) == list(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_line_is_what_the_page_says_of_it(name: str) -> None:
    for profile in (PROFILE, Profile("usr_2", Phone("+97455003344"), "QAR")):
        for line in lines(profile)[name]:
            fits(FILES[name], line)


def test_a_balance_below_zero_is_told_as_it_is_and_as_it_is_seen() -> None:
    (balances,) = lines()["balances.jsonl"]
    assert (balances["spendable_minor"], balances["balance_minor"]) == (0, -5)


def test_visits_are_counted_as_of_the_export() -> None:
    (identity,) = lines()["identity.jsonl"]
    assert (identity["activity"]["visit_count"], identity["activity"]["visit_count_last_90d"]) == (3, 2)


def test_whoever_is_shut_off_has_been_verified_all_the_same() -> None:
    (identity,) = lines()["identity.jsonl"]
    assert (identity["state"], identity["verified"]) == ("DISABLED", True)


def test_of_two_ends_of_a_grant_the_earlier_one_happened() -> None:
    assert [(each["grant_id"], each["status"]) for each in lines()["promo_grants.jsonl"]] == [
        ("g-1", "open"),
        ("g-2", "released"),
        ("g-3", "expired"),
        ("g-4", "released"),
        ("g-5", "expired"),
        ("g-6", "expired"),
        ("g-7", "expired"),
    ]


def test_a_grant_without_a_fact_about_its_end_expires_at_its_expires_at() -> None:
    expired = {each["grant_id"]: each["expired_at"] for each in lines()["promo_grants.jsonl"]}
    ends = {"g-3": LATER.occurred_at, "g-5": SAID.occurred_at, "g-6": NOW, "g-7": NOW - DAY}
    assert expired == {**dict.fromkeys(expired), **{name: sortable_instant(at) for name, at in ends.items()}}


def test_the_manifest_fits_its_shape() -> None:
    making = PendingExport("exp_1", "acme", PROFILE, NOW)
    fits(Manifest, manifest_of(making, [Part("identity.jsonl", 1, 300, "ab" * 32)], changed=True))
