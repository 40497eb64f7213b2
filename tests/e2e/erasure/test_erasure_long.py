"""A history of 10,000 entries is swept in flat memory. The tables are the test's own, and nothing listens to them."""

from __future__ import annotations

import json
import tracemalloc
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from customers.domain.instants import sortable_instant
from customers.store.aws.signing import SigningKey
from tests.support.books import RECORDS, Books
from tests.support.erasure.sweeping import Planted, Workflow, erase, plant
from tests.support.facts import NOON

MOST_BYTES = 24 * 1024 * 1024
"""More than a page of DynamoDB (1 MB) as Python holds it, and a sixth of what 10,000 entries would be."""


def lay_down(books: Books, customer_id: str, person: Planted, entries: int) -> None:
    """Events with free text, as tills record them; a kilobyte each."""
    rows = []
    for number in range(entries):
        detail = {"attributes": {"text": f"{person.note} {'x' * 900}"}, "recorded_at": sortable_instant(NOON)}
        at = sortable_instant(NOON + timedelta(seconds=number))
        rows.append(
            {
                "pk": {"S": f"{books.enterprise}#{customer_id}"},
                "sk": {"S": f"ledger#{at}#evt_{number}"},
                "type": {"S": "event.feedback"},
                "detail": {"S": json.dumps(detail)},
            }
        )
    for start in range(0, entries, 25):
        asked: Any = {RECORDS: [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]}
        books.client.batch_write_item(RequestItems=asked)


@pytest.mark.parametrize(
    ("verified", "entries"), [pytest.param(True, 5_000, marks=pytest.mark.thorough), (False, 1_000)]
)
def test_a_long_history_is_swept_in_flat_memory(
    own_tables: Any, aws: Callable[[str], Any], stack: dict[str, Any], *, verified: bool, entries: int
) -> None:
    person, books = Planted(), Books(own_tables, str(uuid.uuid4()))
    customer_id = plant(books, person, verified=verified)
    lay_down(books, customer_id, person, entries)
    workflow = Workflow(own_tables, SigningKey(aws("kms"), stack["receipts_key"]), aws("s3"))
    erasure_id = erase(own_tables, books.enterprise, customer_id)
    tracemalloc.start()
    try:
        job = workflow.run(books.enterprise, erasure_id)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_BYTES, f"{peak:,} bytes"
    deed = "scrubbed" if verified else "removed"
    assert job.progress.by_store()["events"][deed]["count"] == entries + 1
    left = [row for row in books.rows(RECORDS) if person.found_in(json.dumps(row, ensure_ascii=False))]
    assert left == []
