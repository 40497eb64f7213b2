"""What streams tell, read as where to look; and how that waits in a queue."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import Activity
from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Transaction
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.grants.grant import Grant
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import ValidationError
from customers.domain.stats.customer_refs import Bucket, CustomerRef
from customers.store.aws.messages import PER_MESSAGE, batch_of, batches_of, change_of, message_of, waiting_of
from customers.store.customers.pointers import pointer_row
from customers.store.customers.rows import customer_rows
from customers.store.records.fact_rows import fact_record_key
from customers.store.records.grant_rows import grant_row
from customers.store.records.transaction_rows import transaction_row
from customers.store.stats.changes import changes_of, overdrawn_of
from tests.support.books import CUSTOMERS, RECORDS
from tests.support.stats.streams import Row, record

ACME = "acme"
AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
STAMP = EventOrder(AT, "fact#1")
LAYLA = Profile(
    "usr_1",
    Phone("+97433001122"),
    "QAR",
    name="Layla",
    activity=Activity().visited(AT, 700),
    provider_ids=("pos-1", "pos-2"),
)
HERS = CustomerRef(ACME, "usr_1")


def row(**changes: Any) -> Row:
    return customer_rows(ACME, replace(LAYLA, **changes))[0]


@pytest.mark.parametrize(
    ("old", "new"), [(None, row()), (row(), row(name="Leila")), (row(balance_minor=-1), row()), (row(), None)]
)
def test_a_customers_row_that_is_written_or_gone_is_looked_at(old: Row | None, new: Row | None) -> None:
    assert changes_of(record(CUSTOMERS, old, new)) == [HERS]


def test_a_row_that_passes_to_another_customer_concerns_both() -> None:
    told = record(CUSTOMERS, row(), row(customer_id="usr_2"))
    assert changes_of(told) == [HERS, CustomerRef(ACME, "usr_2")]


def test_a_copy_says_nothing_that_its_row_does_not() -> None:
    _, copy, *_ = customer_rows(ACME, LAYLA)
    _, poor, *_ = customer_rows(ACME, replace(LAYLA, balance_minor=-5))
    for old, new in ((None, copy), (copy, poor), (copy, None)):
        assert changes_of(record(CUSTOMERS, old, new)) == []
        assert overdrawn_of(record(CUSTOMERS, old, new)) is None


@pytest.mark.parametrize("kind", ["purchase", "refund"])
def test_a_transaction_is_looked_at(kind: Any) -> None:
    said = transaction_row(ACME, "usr_1", Transaction(kind, "order#7", 700, "north-1", STAMP), None)
    again = transaction_row(ACME, "usr_1", Transaction(kind, "order#7", 800, "north-1", STAMP), "{}")
    for old, new in ((None, said), (said, again)):
        assert changes_of(record(RECORDS, old, new)) == [CustomerRef(ACME, "usr_1", f"{kind}#order#7")]


def test_no_other_record_is_looked_at() -> None:
    receipt = {**fact_record_key(ACME, "fact-1"), "customer_id": {"S": "usr_1"}}
    for each in (receipt, pointer_row(ACME, LAYLA, {}), grant_row(ACME, "usr_1", Grant("g-1", 5, None, STAMP))):
        assert changes_of(record(RECORDS, None, each)) == []
        assert overdrawn_of(record(RECORDS, None, each)) is None


def test_a_row_of_a_kind_that_is_not_known_is_left_alone() -> None:
    told = record(CUSTOMERS, None, {"pk": {"S": "acme#+97433001122"}, "moved_to": {"S": "+97466005566"}})
    assert changes_of(told) == []
    assert overdrawn_of(told) is None


# ----------------------------------------------------------------------------------------------- below zero


@pytest.mark.parametrize(
    ("before", "after", "fell"),
    [
        (None, -1, True),
        (0, -1, True),
        (500, -1, True),
        (-1, -1, False),
        (-1, -500, False),
        (-500, 0, False),
        (None, 0, False),
        (500, 1, False),
        (-1, None, False),
        (1, None, False),
    ],
)
def test_a_balance_falls_below_zero_once(before: int | None, after: int | None, fell: bool) -> None:
    old, new = (None if balance is None else row(balance_minor=balance) for balance in (before, after))
    assert overdrawn_of(record(CUSTOMERS, old, new)) == (HERS if fell else None)


# ------------------------------------------------------------------------------------------------ in a queue

IDS = st.text(min_size=1, max_size=20).filter(lambda text: "#" not in text)


@given(st.builds(CustomerRef, IDS, IDS, st.none() | st.text(max_size=20).map("purchase#{}".format)))
def test_a_change_comes_out_of_its_queue_as_it_went_in(change: CustomerRef) -> None:
    message = message_of(change)
    # SQS takes few characters beyond these.
    assert message.isascii()
    assert message.isprintable()
    assert change_of(message) == waiting_of(message) == change


@given(st.builds(Bucket, IDS, st.sampled_from(["00", "7f", "ff"]), st.just("") | IDS))
def test_a_bucket_comes_out_of_its_queue_as_it_went_in(bucket: Bucket) -> None:
    assert waiting_of(message_of(bucket)) == bucket


@pytest.mark.parametrize(
    "message",
    [
        '{"bucket": "07"}',
        '{"enterprise": "acme#x", "bucket": "07"}',
        '{"enterprise": "acme", "bucket": 7}',
        '{"enterprise": "acme", "bucket": "7"}',
        '{"enterprise": "acme", "bucket": "0G"}',
        '{"enterprise": "acme", "bucket": "07", "after": ""}',
        '{"enterprise": "acme", "bucket": "07", "after": 7}',
    ],
)
def test_what_is_no_bucket_is_refused(message: str) -> None:
    with pytest.raises(ValidationError):
        waiting_of(message)


def test_many_changes_travel_in_few_messages() -> None:
    many = [CustomerRef(ACME, f"usr_{number}") for number in range(2 * PER_MESSAGE + 1)]
    rolls = [*batches_of([*many, *many])]
    assert [len(batch_of(roll)) for roll in rolls] == [PER_MESSAGE, PER_MESSAGE, 1]
    assert [change for roll in rolls for change in batch_of(roll)] == many
    assert [*batches_of([])] == []


def test_a_message_holds_ids_and_nothing_else() -> None:
    assert json.loads(message_of(HERS)) == {"enterprise": "acme", "customer_id": "usr_1"}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "[]",
        "3",
        '"acme"',
        "{}",
        "[" * 100_000,
        '{"enterprise": "acme"}',
        '{"enterprise": "acme", "customer_id": null}',
        '{"enterprise": "acme", "customer_id": 7}',
        '{"enterprise": "acme", "customer_id": ["usr_1"]}',
        '{"enterprise": "", "customer_id": "usr_1"}',
        '{"enterprise": "acme#usr_2", "customer_id": "usr_1"}',
        '{"enterprise": "acme", "customer_id": "usr_1#x"}',
        '{"enterprise": "acme", "customer_id": "usr_1", "transaction": "pointer"}',
        '{"enterprise": "acme", "customer_id": "usr_1", "transaction": 7}',
        '{"enterprise": "acme", "customer_id": "usr_1", "transaction": {"purchase#": 1}}',
    ],
)
def test_what_is_no_change_is_refused(message: str) -> None:
    for read, text in ((change_of, message), (batch_of, f"[{message}]")):
        if text == "[]":
            continue
        with pytest.raises(ValidationError) as refused:
            read(text)
        assert "usr_" not in str(refused.value)
