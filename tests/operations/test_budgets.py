"""Every operation makes the requests of its budget, with ten customers and with ten thousand."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.admin import CONTEXT, SEARCH, STATS
from customers.catalogue.duplicates import DUPLICATES
from customers.catalogue.events import RECORD_EVENT
from customers.catalogue.operation import Operation
from customers.catalogue.till.lookup import LOOKUP
from customers.store.customers.pointers import pointer_row
from tests.operations.conftest import Shop
from tests.support.books import DERIVED, RECORDS
from tests.support.customers.crowd import RARE, crowd, put_all, sum_rows
from tests.support.customers.people import lay_down
from tests.support.http.gateway import call
from tests.support.http.operations import BUILT, reads_by

pytestmark = pytest.mark.slow

MIDNIGHT = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
(*_, WHO) = crowd(8, MIDNIGHT)
"""The customer who is asked about. The others are there."""
EVENT = {"event_type": "check_in", "attributes": {"note": "Walked in"}}

BUDGETS: list[tuple[Operation[Any], dict[str, Any]]] = [
    (LOOKUP, {"query": f"phone={quote(WHO.phone)}"}),
    (LOOKUP, {"query": f"phone={quote(WHO.phone)}&include=badge_reason,preferences"}),
    *((read, {}) for read in reads_by("phone")),
    (CONTEXT, {}),
    (DUPLICATES, {}),
    (SEARCH, {"body": {}}),
    (SEARCH, {"body": {"query": RARE}}),
    (SEARCH, {"body": {"phone_prefix": "+9741", "badge": "vip"}}),
    (SEARCH, {"body": {"query": WHO.phone, "limit": 50}}),
    (STATS, {}),
    (STATS, {"query": "from=2024-01-01&to=2024-12-31"}),
    (RECORD_EVENT, {"body": EVENT, "headers": {"Idempotency-Key": "once", "Content-Type": "application/json"}}),
]


def test_every_budget_is_held_by_a_test() -> None:
    """A new operation joins BUDGETS above, or has its requests counted in a test of its own."""
    tests = "".join(each.read_text() for each in Path(__file__).parent.rglob("test_*.py"))
    counted = {operation.name for operation, _ in BUDGETS}
    # `test_every_write` counts those of all that write.
    counted |= {each.name for each in BUILT if each.writes or f"{each.name.upper()}.budget" in tests}
    assert [each.name for each in BUILT if each.budget and each.name not in counted] == []


@pytest.fixture(scope="module", params=[10, 300, pytest.param(10_000, marks=pytest.mark.thorough)])
def town(tables: DynamoDBClient, request: pytest.FixtureRequest) -> Shop:
    """An enterprise of so many."""
    town, people = Shop(str(uuid.uuid4())), crowd(request.param, MIDNIGHT)
    lay_down(tables, town.enterprise, (person.profile for person in people), kinds=("phone",))
    lay_down(tables, town.enterprise, [WHO.profile])
    put_all(tables, DERIVED, sum_rows(town.enterprise, people, MIDNIGHT))
    put_all(tables, RECORDS, [pointer_row(town.enterprise, WHO.profile, {})])
    return town


@pytest.fixture
def shop(town: Shop) -> Shop:
    """Not one of the test's own: its requests are counted."""
    return town


@pytest.mark.parametrize(("operation", "asked"), BUDGETS, ids=lambda each: getattr(each, "name", ""))
def test_an_operation_makes_the_requests_of_its_budget_however_many_customers_there_are(
    shop: Shop, requests: list[str], operation: Operation[Any], asked: dict[str, Any]
) -> None:
    path = operation.path.replace("{phone}", quote(WHO.phone, safe="")).replace("{id}", WHO.id)
    principal = shop.admin(operation.permission) if operation.permission else shop.till
    requests.clear()
    reply = call(operation.method, path, principal=principal, **asked)
    assert reply.status in (200, 201), reply.body
    assert reply.data.get("status") in (None, "registered")
    assert len(requests) == operation.budget, requests


def test_who_is_nobody_s_costs_no_more(shop: Shop, requests: list[str]) -> None:
    may = shop.admin(*(each.permission for each in (CONTEXT, SEARCH, STATS) if each.permission))
    for operation, path, asked in (
        (LOOKUP, "/customers/lookup", {"query": "phone=%2B97430000000"}),
        *_strangers_reads(),
        (CONTEXT, "/customers/usr_0/context", {}),
        (SEARCH, "/customers/search", {"body": {"query": "nobody"}}),
        (STATS, "/customers/stats", {"query": "branch_id=nowhere"}),
    ):
        requests.clear()
        assert call(operation.method, path, principal=may, **asked).status in (200, 404)
        assert 0 < len(requests) <= operation.budget


def _strangers_reads() -> list[tuple[Operation[Any], str, dict[str, Any]]]:
    return [(read, read.path.replace("{phone}", "+97430000000"), {}) for read in reads_by("phone")]
