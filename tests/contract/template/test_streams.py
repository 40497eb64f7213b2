"""The streams of the tables: who follows which, from where on, and which rows wake whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from customers.domain.facts.account import Transaction
from customers.domain.facts.event_order import EventOrder
from customers.store.dynamodb import reads
from customers.store.dynamodb.transactions import AT_ONCE
from customers.store.events.outbox import OUTBOX
from customers.store.records.transaction_rows import transaction_row
from customers.store.registry_rows import settings_key
from tests.support.load_shape.page import WINDOW
from tests.support.load_shape.simulation import BATCH
from tests.support.template.deployed import properties

KIND = "AWS::Lambda::EventSourceMapping"
FOLLOWING = {name: each for name, each in properties(KIND).items() if each["EventSourceArn"].endswith(".StreamArn")}
TABLES = properties("AWS::DynamoDB::Table")


def _followed() -> dict[str, set[str]]:
    followed: dict[str, set[str]] = {}
    for each in FOLLOWING.values():
        followed.setdefault(each["EventSourceArn"].removesuffix(".StreamArn"), set()).add(each["FunctionName"])
    return followed


def test_each_table_that_others_follow_is_followed_by_two_at_most() -> None:
    """DynamoDB lets two functions read a stream's shard; more would throttle each other."""
    assert _followed() == {
        "CustomersTable": {"DeriveFunction"},
        "RecordsTable": {"DeriveFunction", "PublishOutboxFunction"},
        "EnterprisesTable": {"ResettleFunction"},
    }


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_followed_tells_what_a_row_was_and_what_it_is(name: str) -> None:
    """A balance falls below 0, a threshold becomes another: both take the old row and the new one."""
    told = {"StreamViewType": "NEW_AND_OLD_IMAGES"} if name in _followed() else None
    assert TABLES[name].get("StreamSpecification") == told


@pytest.mark.parametrize("name", FOLLOWING)
def test_no_stream_stands_still_for_ever_and_none_skips_its_beginning(name: str) -> None:
    source = FOLLOWING[name]
    assert source["StartingPosition"] == "TRIM_HORIZON"
    # An hour less than the stream keeps records; where a bad batch is not split, a minute.
    assert source["MaximumRecordAgeInSeconds"] == 23 * 3600
    # Which records were given up is kept, and rings.
    assert source["DestinationConfig"] == {"OnFailure": {"Destination": "DeadStreamsQueue.Arn"}}
    assert properties(KIND, IsLocal="true")[name]["MaximumRecordAgeInSeconds"] == 60
    assert source["BisectBatchOnFunctionError"] is True
    # Search and stats may lag by a second more, so that writers of an enterprise's sums meet more rarely.
    assert source["MaximumBatchingWindowInSeconds"] == (WINDOW if source["FunctionName"] == "DeriveFunction" else 0)
    # The rows of a batch are read with one request, at most.
    assert source["BatchSize"] == (BATCH if source["FunctionName"] == "DeriveFunction" else reads._KEYS)
    # What fails for good is kept in a queue by the function; what else fails is tried for as long as it is there.
    assert not {"MaximumRetryAttempts", "Enabled", "FunctionResponseTypes"} & set(source)


def test_a_batch_of_customers_who_came_again_is_one_transaction() -> None:
    """A note each, four rows of badge days, one of the totals, one of the day on which some of them joined."""
    assert BATCH + 4 + 1 + 1 == AT_ONCE


@pytest.mark.parametrize(("lanes", "more"), [("2", {}), ("7", {"DeriveLanes": "7"})])
def test_derivers_are_side_by_side_as_the_operator_says(lanes: str, more: dict[str, str]) -> None:
    """Nobody else is: what is published keeps its order."""
    sources = properties(KIND, **more).values()
    side_by_side = {(each["FunctionName"], str(each.get("ParallelizationFactor", 1))) for each in sources}
    streams = {(each["FunctionName"]) for each in FOLLOWING.values()}
    assert {each for each in side_by_side if each[0] in streams} == {
        ("DeriveFunction", lanes),
        ("PublishOutboxFunction", "1"),
        ("ResettleFunction", "1"),
    }


def _filter(function: str, table: str) -> Any:
    sources = [each for each in FOLLOWING.values() if each["FunctionName"] == function]
    (source,) = [each for each in sources if each["EventSourceArn"] == f"{table}.StreamArn"]
    if "FilterCriteria" not in source:
        return None
    (pattern,) = source["FilterCriteria"]["Filters"]
    return json.loads(pattern["Pattern"])


def test_every_change_of_a_customer_wakes_the_deriver() -> None:
    assert _filter("DeriveFunction", "CustomersTable") is None


def test_of_the_records_only_transactions_that_are_to_be_counted_wake_the_deriver() -> None:
    said = Transaction("purchase", "p-1", 700, None, EventOrder(datetime.now(UTC), "f-1"))
    uncounted = transaction_row("acme", "usr_1", said, None)["uncounted"]
    pattern = {"uncounted": {kind: [value] for kind, value in uncounted.items()}}
    assert _filter("DeriveFunction", "RecordsTable") == {"dynamodb": {"NewImage": pattern}}


def test_of_the_registry_only_settings_wake_who_has_customers_settled_again() -> None:
    sort_key = settings_key("acme")["sk"]["S"]
    assert _filter("ResettleFunction", "EnterprisesTable") == {"dynamodb": {"Keys": {"sk": {"S": [sort_key]}}}}


def test_only_what_comes_into_an_outbox_wakes_the_publisher() -> None:
    assert _filter("PublishOutboxFunction", "RecordsTable") == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"sk": {"S": [{"prefix": OUTBOX}]}}},
    }
