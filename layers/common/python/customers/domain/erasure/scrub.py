"""Scrubbing: what remains of a history without personal data: the money, and that something was recorded.

A type names the fields that stay, not those that go: so a forgotten field goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.facts.fact_types import FACT_TYPES
from customers.domain.facts.history import EVENT_ENTRY

_EVENT = ("branch_id", "recorded_at", "opened_at")


def is_of_books(kind: str) -> bool:
    """Whether an entry of this type is about money, so that it stays as it is."""
    return kind in FACT_TYPES and FACT_TYPES[kind].money


def is_personal(kind: str) -> bool:
    """Whether an entry of this type has fields about the person."""
    return kind in FACT_TYPES and FACT_TYPES[kind].personal


def scrubbed(kind: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of an entry without personal data. Scrubbing it again removes nothing more."""
    return {name: detail[name] for name in _kept(kind) if name in detail}


def _kept(kind: str) -> tuple[str, ...]:
    if kind.startswith(EVENT_ENTRY):
        return _EVENT
    return FACT_TYPES[kind].keeps if kind in FACT_TYPES else ()
