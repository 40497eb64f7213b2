"""A row holds a whole profile, and little else."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import Activity
from customers.domain.customers.locked import NOTHING_LOCKED, Locked
from customers.domain.customers.names import MAX_NAME
from customers.domain.customers.profile import Profile
from customers.domain.customers.visits import MOST_EXACT, Visits, micros
from customers.domain.facts.account import MAX_PROVIDER_IDS
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.grants.grant import Grant
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import sortable_instant
from customers.store.customers.pointers import marks_of, pointer_row
from customers.store.customers.rows import customer_rows, profile_of
from customers.store.records.grant_rows import NEVER, grant_of, grant_row
from customers.store.records.ledger_rows import entry_row
from customers.wire.facts.fields import MAX_FLAT_BYTES
from customers.wire.identifiers.address import MAX_PROVIDER_ID
from tests.support.facts import FLAT, NOON, customer_fact

INSTANTS = st.datetimes(timezones=st.just(UTC))
MONEY = st.integers(-(10**17), 10**17)
ACTIVITIES = st.builds(
    Activity,
    lifetime_spend_minor=MONEY,
    visit_count=st.integers(0, 10**6),
    last_visit_at=st.none() | INSTANTS,
    recent=st.builds(
        Visits,
        st.lists(st.integers(0, 2**53), max_size=20).map(lambda instants: tuple(sorted(instants))),
        st.dictionaries(st.integers(0, 30_000), st.integers(1, 10**6)).map(lambda days: tuple(sorted(days.items()))),
    ),
)
ENDS = st.dictionaries(st.integers(0, 2**40), MONEY, max_size=5).map(lambda ends: tuple(sorted(ends.items())))
TEXTS = st.text(min_size=1, max_size=20)
PROFILES = st.builds(
    Profile,
    customer_id=st.uuids().map(lambda each: f"usr_{each.hex}"),
    phone=st.just(Phone("+97433001122")),
    currency=st.sampled_from(["QAR", "EUR"]),
    version=st.integers(0, 10**6),
    verified=st.booleans(),
    disabled=st.booleans(),
    name=st.none() | TEXTS,
    member_since=st.none() | INSTANTS,
    balance_minor=MONEY,
    locked=st.builds(Locked, MONEY, ENDS, ENDS, st.integers(1, 2**40)),
    activity=ACTIVITIES,
    preferences=FLAT,
    consent=FLAT,
    provider_ids=st.lists(TEXTS, max_size=3, unique=True).map(lambda ids: tuple(sorted(ids))),
)


@given(PROFILES)
def test_a_profile_survives_its_row_and_every_copy(profile: Profile) -> None:
    for row in customer_rows("acme", profile):
        assert profile_of(row) == profile


@given(PROFILES)
def test_every_provider_id_has_one_copy_of_the_row(profile: Profile) -> None:
    row, *copies = customer_rows("acme", profile)
    assert row["pk"] == {"S": "acme#+97433001122"}
    keys = [each["pk"]["S"] for each in copies]
    assert keys == [f"acme#provider#{each}" for each in profile.provider_ids]
    assert all({**copy, "pk": row["pk"]} == row for copy in copies)


@given(PROFILES)
def test_every_row_is_dynamodbs_json(profile: Profile) -> None:
    read = TypeDeserializer()
    for row in customer_rows("acme", profile):
        assert {name: read.deserialize(value) for name, value in row.items()}


def test_two_equal_profiles_have_equal_rows() -> None:
    profile = Profile("usr_1", Phone("+97433001122"), "QAR", preferences={"b": 1, "a": 2})
    assert customer_rows("acme", profile) == customer_rows("acme", replace(profile, preferences={"a": 2, "b": 1}))


def _size(value: dict[str, Any]) -> int:
    """By DynamoDB's rule for the size of an item."""
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(str(held).encode())
        case "B":
            return len(bytes(held))
        case "N":
            digits = str(held).lstrip("-").strip("0")
            return math.ceil(len(digits) / 2) + 1 + str(held).startswith("-")
        case "BOOL":
            return 1
        case "L":
            return 3 + sum(1 + _size(each) for each in held)
    raise AssertionError(f"this row needs the size of a {kind}")


def test_a_busy_customers_row_is_under_one_kilobyte() -> None:
    visits = Visits(tuple(micros(NOON - timedelta(days=90 - day)) for day in range(90)))
    profile = Profile(
        customer_id=f"usr_{'0123456789abcdef' * 2}",
        phone=Phone("+123456789012345"),
        currency="QAR",
        version=1234,
        verified=True,
        name="عبد الرحمن بن محمد آل ثاني",
        member_since=NOON,
        balance_minor=-1_234_567,
        locked=Locked(1_000_000, ((int(NOON.timestamp()), 234_567),), (), 1),
        activity=Activity(123_456_789, 1234, NOON, visits),
        preferences={"milk": "oat", "sugar": False, "language": "ar"},
        consent={"marketing": True, "sms": False, "terms": "2026-01"},
        provider_ids=("c0ffee00-1111-2222-3333-444455556666",),
    )
    row, _copy = customer_rows("11111111-1111-1111-1111-111111111111", profile)
    assert profile_of(row) == profile
    assert sum(len(name.encode()) + _size(value) for name, value in row.items()) < 1024


@pytest.mark.slow
def test_no_row_outgrows_32_kilobytes_whatever_is_told() -> None:
    """100,000 visits of a number that a till types for everybody, 5,000 grants, and all else at its longest."""
    begin = micros(NOON) + 1
    instants = tuple(begin + number * 3_931_234_567 for number in range(MOST_EXACT))
    visits = Visits(instants, tuple((20_000 + day, 1_090) for day in range(93)))
    locked = NOTHING_LOCKED.told(NOON)
    for number in range(5_000):
        locked = locked.with_grant(10**15, NOON + number * timedelta(hours=30, seconds=1))
    flat: Any = {"x": "y" * (MAX_FLAT_BYTES - len('{"x": ""}'))}
    profile = Profile(
        customer_id=f"usr_{'0123456789abcdef' * 2}",
        phone=Phone("+123456789012345"),
        currency="QAR",
        version=10**9,
        verified=True,
        disabled=True,
        name="𠮷" * MAX_NAME,
        member_since=NOON,
        balance_minor=-(10**18),
        locked=locked,
        activity=Activity(10**18, 10**9, NOON, visits),
        preferences=flat,
        consent=flat,
        provider_ids=tuple(f"{number:02}" + "x" * (MAX_PROVIDER_ID - 2) for number in range(MAX_PROVIDER_IDS)),
        held_since=NOON,
        absorbed=10**6,
    )
    for row in customer_rows("11111111-1111-1111-1111-111111111111", profile):
        assert profile_of(row) == profile
        assert sum(len(name.encode()) + _size(value) for name, value in row.items()) < 32 * 1024


# ------------------------------------------------------------------------------------------------- records

STAMPS = st.builds(EventOrder, INSTANTS, st.text("abc#:9~", min_size=1, max_size=8))
GRANTED = st.builds(
    Grant,
    grant_id=st.text("abc#:9", min_size=1, max_size=8),
    amount_minor=st.integers(0, 10**15),
    expires_at=st.none() | INSTANTS,
    granted=STAMPS,
    released=st.none() | STAMPS,
    expired=st.none() | STAMPS,
)


@given(GRANTED)
def test_a_grant_survives_its_row(grant: Grant) -> None:
    row = grant_row("acme", "usr_1", grant)
    assert grant_of(row) == grant
    assert ("open_until" in row) == grant.open


@given(INSTANTS, INSTANTS)
def test_open_grants_sort_by_expiry_and_those_without_come_last(one: datetime, other: datetime) -> None:
    def sorts_at(expires_at: datetime | None) -> str:
        held: str = grant_row("acme", "usr_1", Grant("g", 1, expires_at, EventOrder(NOON, "f")))["open_until"]["S"]
        return held

    assert (sorts_at(one) < sorts_at(other)) == (one < other)
    assert sorts_at(one) < sorts_at(None)
    assert sorts_at(datetime.max.replace(tzinfo=UTC)) < NEVER


@given(st.dictionaries(st.sampled_from(["name", "consent", "disabled"]), STAMPS.map(str)))
def test_marks_survive_the_pointer(field_versions: dict[str, str]) -> None:
    row = pointer_row("acme", Profile("usr_1", Phone("+97433001122"), "QAR"), field_versions)
    assert row["phone"] == {"S": "+97433001122"}
    assert marks_of(row) == field_versions


@given(STAMPS, STAMPS)
def test_stamps_sort_by_time_then_by_fact_id(one: EventOrder, other: EventOrder) -> None:
    assert (str(one) < str(other)) == ((one.occurred_at, one.fact_id) < (other.occurred_at, other.fact_id))


def test_the_ledger_is_in_the_order_of_time() -> None:
    late = entry_row(
        "acme", "usr_1", customer_fact("customer.verified", at=NOON + timedelta(microseconds=1), fact_id="a")
    )
    early = entry_row("acme", "usr_1", customer_fact("customer.verified", at=NOON, fact_id="b"))
    assert early["pk"] == late["pk"] == {"S": "acme#usr_1"}
    assert early["sk"]["S"] == f"ledger#{sortable_instant(NOON)}#b" < late["sk"]["S"]
