"""The emulator's tables: rows in little memory, pages by position, and less repeated work at a write."""

from __future__ import annotations

import copy
import json
import marshal
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-not-found]
from ministack.services.cloudformation import provisioners  # type: ignore[import-not-found]

from local.emulator import conditions, expiry, pages
from local.emulator.rows import Rows


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
    usual_store = dynamodb._txn_token_store

    def store(token: str, entry: dict[str, Any]) -> None:
        """The emulator keeps each request for ten minutes, to know one that comes again. Its digest does."""
        usual_store(token, {**entry, "signature": Digest(entry["signature"])})

    dynamodb._txn_token_store = store
    conditions.install()
    pages.install()
    expiry.install()


def _copied(value: Any) -> Any:
    """A row, for instance, in a tenth of the time."""
    if type(value) is dict:
        try:
            return marshal.loads(marshal.dumps(value))  # noqa: S302 - what was made here
        except ValueError:
            pass
    return copy.deepcopy(value)
