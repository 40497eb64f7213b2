"""Scrubbing: what remains of a history without personal data: the money, and that something was recorded.

A type names the fields that stay, not those that go: so a forgotten field goes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from customers.domain.canonical_json import canonical_json
from customers.domain.facts.entry_codec import decode, encode
from customers.domain.facts.fact import CustomerFact
from customers.domain.facts.fact_type import BOOKS
from customers.domain.facts.fact_types import FACT_TYPES
from customers.domain.facts.history import EVENT_ENTRY

_EVENT = ("branch_id", "recorded_at", "opened_at")


def is_of_books(kind: str) -> bool:
    """Whether an entry of this type is about money, so that it stays, but for what is personal in it."""
    return kind in FACT_TYPES and FACT_TYPES[kind].money


def is_personal(kind: str) -> bool:
    """Whether an entry of this type has fields about the person."""
    return kind in FACT_TYPES and FACT_TYPES[kind].personal


def scrubbed(kind: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of an entry without personal data. Scrubbing it again removes nothing more."""
    return {name: _of_books(detail[name]) for name in _kept(kind) if name in detail}


def books_part(fact: CustomerFact) -> CustomerFact:
    """A fact about money without personal data. Only an import has any."""
    if not is_personal(fact.type):
        return fact
    left = scrubbed(fact.type, json.loads(encode(fact.type, fact.payload)))
    return replace(fact, payload=decode(fact.type, canonical_json(left)))


def _kept(kind: str) -> tuple[str, ...]:
    if kind.startswith(EVENT_ENTRY):
        return _EVENT
    return FACT_TYPES[kind].keeps if kind in FACT_TYPES else ()


def _of_books(value: Any) -> Any:
    """Of a list of objects, as the grants of an import are, only what the books need of each."""
    if not isinstance(value, list):
        return value
    return [{name: each[name] for name in BOOKS if name in each} if isinstance(each, dict) else each for each in value]
