"""The emulator's tables: rows in little memory, pages by position, and less repeated work at a write."""

from __future__ import annotations

import copy
import json
import marshal
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-not-found]
from ministack.services.cloudformation import provisioners  # type: ignore[import-not-found]

from local.emulator import conditions, expiry, pages, streams
from local.emulator.rows import Row, Rows

NUMBERS = 10_000


class Digest:
    """Of a transaction's request: equal to every request that says the same."""

    __slots__ = ("_of",)

    def __init__(self, request: Any) -> None:
        self._of = self._digest(request)

    def __eq__(self, other: object) -> bool:
        return self._of == self._digest(other)

    __hash__ = None  # type: ignore[assignment]

    def _digest(self, request: Any) -> bytes:
        return sha256(json.dumps(request, sort_keys=True).encode()).digest()


def install() -> None:
    """Before the emulator reads its state."""
    dynamodb.defaultdict = provisioners.defaultdict = Rows
    dynamodb.copy = SimpleNamespace(**{**vars(copy), "deepcopy": _copied})
    usual_set, usual_store = dynamodb._set_item, dynamodb._txn_token_store

    def set_item(table: dict[str, Any], pk: str, sk: str, row: Row) -> Any:
        """The emulator looks at all rows for an index once it is asked of it, which in a large table takes too long."""
        dynamodb._index_members(table)
        return usual_set(table, pk, sk, row)

    def store(token: str, entry: dict[str, Any]) -> None:
        """The emulator keeps each request for ten minutes, to know one that comes again. Its digest does."""
        usual_store(token, {**entry, "signature": Digest(entry["signature"])})

    dynamodb._set_item, dynamodb._txn_token_store = set_item, store
    # Of a number's text. Few are seldom seen.
    for name in ("_ddb_canonicalize_number", "_number_error", "_number_size_bytes"):
        setattr(dynamodb, name, _of_texts(getattr(dynamodb, name)))
    conditions.install()
    pages.install()
    expiry.install()
    streams.install()


def _of_texts(of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    texts = lru_cache(NUMBERS)(of)
    return lambda value: texts(value) if type(value) is str else of(value)


def _copied(value: Any) -> Any:
    """A row, for instance, in a tenth of the time."""
    if type(value) is dict:
        try:
            return marshal.loads(marshal.dumps(value))  # noqa: S302 - what was made here
        except ValueError:
            pass
    return copy.deepcopy(value)
