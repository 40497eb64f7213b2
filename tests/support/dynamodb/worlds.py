"""A world laid down once and put back in no time: rows in memory, the clock stopped, what is random left out."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends

from customers.edge.log import logger

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""What time it is, unless it is moved."""
GIVEN = re.compile(r"\b([a-z]{3}(?:_[a-z]+)?)_[0-9a-f]{32}")
PRINT = re.compile(r'\\"(print|revision)\\":(\\"[0-9a-f]*\\"|\d+)')
"""Of how far a sweep has come: a hash of what was made up, and how often it was written."""
PARTITION = re.compile(r'":?pk": \{"S": "([^"]+)"')
READING_CLOCKS = (
    "customers.edge.http.serve",
    "customers.edge.http.serve_public",
    "customers.edge.messaging.workflow_task",
    "customers.edge.messaging.queue_consumer",
    "customers.store.stats.reconciler",
)
NAPPING = ("customers.retries",)

LEFT_OUT = ("mark", "revision", "sha256", "size_bytes", "receipt", "said", "named", "hash_offset", "request_id")
"""Of rows: what is another each time, though the same is done."""

Rows = dict[str, Any]


def keep() -> Rows:
    """The rows of all tables, shared: no write changes one in its place."""
    return {name: _shared(table) for name, table in _tables().items()}


def put_back(kept: Rows) -> None:
    for name, table in _tables().items():
        table.items = kept[name] if not table.has_range_key else defaultdict(dict, kept[name])
        table.items = _shared(table)


def _tables() -> dict[str, Any]:
    return dynamodb_backends["123456789012"]["us-east-1"].tables


def _shared(table: Any) -> Any:
    if not table.has_range_key:
        return dict(table.items)
    return defaultdict(dict, {key: dict(rows) for key, rows in table.items.items() if rows})


def given() -> frozenset[str]:
    """All ids that have been made up so far."""
    return frozenset(found[0] for text in _texts() for found in GIVEN.finditer(text))


def shown(known: frozenset[str]) -> Counter[str]:
    """All rows as texts that are equal if they say the same. Ids that are not `known` were made up since."""
    return Counter(anonymous(text, known) for text in _texts())


def anonymous(told: object, known: frozenset[str]) -> str:
    """With a word in place of what is made up anew each time."""
    return _anonymous(str(told), known)


@lru_cache(200_000)
def _anonymous(told: str, known: frozenset[str]) -> str:
    return GIVEN.sub(lambda found: found[0] if found[0] in known else f"a new {found[1]}", told)


def _texts() -> Iterator[str]:
    for name, table in _tables().items():
        parts = table.items.values()
        for row in (row for part in parts for row in part.values()) if table.has_range_key else parts:
            # No row is changed in its place. One that was copied, to be changed, is another one.
            of, text = getattr(row, "told", (None, ""))
            if of != id(row):
                text = _text(name, row)
                row.told = id(row), text
            if text:
                yield text


def _text(name: str, row: Any) -> str:
    told = {each: value.to_json() for each, value in row.attrs.items() if each not in LEFT_OUT}
    if "checksum" in told:
        # How many entries. Their hashes hold what is made up, and sums that were lost would have another number.
        told["checksum"] = bytes(row.attrs["checksum"].value)[:4].hex()
    if name == "DerivedTable":
        # A sum of nothing says what no sum says.
        told = {each: value for each, value in told.items() if value != {"N": "0"}}
        # The day on which a badge is looked at may be too early: the look itself moves it.
        if "#due#" in told["pk"]["S"]:
            return ""
        if "reported" in told:
            told["reported"] = {each: value for each, value in told["reported"]["M"].items() if each != "due"}
    # A trace says what is in the other rows, under the id of its request.
    if told.keys() <= {"pk", "sk"} or told.get("sk", {"S": ""})["S"].startswith("trace#"):
        return ""
    return PRINT.sub("", f"{name} {json.dumps(told, sort_keys=True, default=str)}")


@contextmanager
def stopped() -> Iterator[Callable[[datetime], None]]:
    """Nobody waits, nothing is left to chance, and it is `NOW` until another time is said."""
    at = [NOW]

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return at[0]

    still = SimpleNamespace(sleep=lambda _: None, perf_counter=lambda: 0.0, monotonic=lambda: 0.0)
    with pytest.MonkeyPatch.context() as patch:
        for module in READING_CLOCKS:
            patch.setattr(f"{module}.datetime", Stopped)
        for module in NAPPING:
            patch.setattr(f"{module}.time", still)
        patch.setattr(logger, "disabled", True)
        patch.setattr("customers.store.stats.shards.Shards.of", lambda *_: 0)
        yield lambda now: at.__setitem__(0, now)
