"""The result of a handler function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from customers.domain.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a handler function. `completeness` is 0 to 100 for an answer about one customer.

    Without `data` the answer has no body: a 304 says that the caller's copy is current. `replayed` marks the stored
    answer to an earlier request. The other three are for the activity log: `ids` that `data` does not name, the `job`
    that the caller polls, and `noted` for an answer whose entry is in the transaction of the effect.
    """

    data: Mapping[str, Any] | None = field(repr=False)
    completeness: int | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Cache-Control": "no-store"})
    replayed: bool = False
    ids: Mapping[str, str] = field(default_factory=dict)
    job: str | None = None
    noted: bool = False
