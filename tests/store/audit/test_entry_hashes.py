"""The hash of a ledger entry outlives each scrub of it, and tells of any other change."""

from __future__ import annotations

from typing import Any

import pytest

from customers.store.records.entry_hashes import OFFSET, checksums_of, with_offset
from customers.store.records.ledger_rows import SCRUBBED
from tests.support.books import SECRET

ENTRIES: list[dict[str, Any]] = [
    {
        "pk": {"S": "acme#usr_1"},
        "sk": {"S": f"ledger#2026-06-01T12:00:00.000000Z#f-{number}"},
        "type": {"S": "customer.registered"},
        "detail": {"S": '{"name":"Layla","preferences":{"milk":"oat"}}'},
    }
    for number in range(8)
]


def counted(row: dict[str, Any]) -> dict[str, bytes]:
    return checksums_of(SECRET, "acme", [row])


def scrubbed(row: dict[str, Any], detail: str) -> dict[str, Any]:
    left: dict[str, Any] = with_offset(SECRET, "acme", {**row, "detail": {"S": detail}, **SCRUBBED}, row)
    return left


@pytest.mark.parametrize("row", ENTRIES, ids=lambda row: row["sk"]["S"][-3:])
def test_no_scrub_changes_it_however_many_there_are(row: dict[str, Any]) -> None:
    once = scrubbed(row, '{"preferences":{}}')
    twice = scrubbed(once, "{}")
    assert counted(row) == counted(once) == counted(twice)
    assert {len(each[OFFSET]["S"]) for each in (once, twice)} == {32}
    # What is left is covered as the whole was.
    for harmed in ({**twice, "detail": {"S": '{"name":"Z"}'}}, {**twice, OFFSET: once[OFFSET]}):
        assert counted(harmed) != counted(row)


def test_it_is_that_of_the_entries_that_are_stored() -> None:
    """Made in another way, it would call every ledger that there is altered."""
    assert counted(ENTRIES[0])["usr_1"].hex() == "00000001944dc7e91c93fb4f66403ae782a0e6f4"
    assert counted({**ENTRIES[0], "pk": {"S": "acme#usr_2"}}) == {"usr_2": counted(ENTRIES[0])["usr_1"]}


def test_a_recorded_event_has_none() -> None:
    event = {**ENTRIES[0], "type": {"S": "event.feedback"}}
    assert OFFSET not in scrubbed(event, "{}")
    assert counted(event) == {}
