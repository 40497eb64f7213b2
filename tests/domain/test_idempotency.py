"""Two spellings of one JSON value are one payload, and two values are two."""

from __future__ import annotations

import json
from typing import Any

import pytest

from customers.domain.idempotency import fingerprint


def print_of(text: str) -> str:
    return fingerprint("record_event", "north-1", {"attributes": json.loads(text)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"score": 1}', '{"score": 1.0}'),
        ('{"score": 100}', '{"score": 1e2}'),
        ('{"score": 0}', '{"score": -0.0}'),
        ('{"score": 0.5}', '{"score": 5e-1}'),
        ('{"a": [1, {"b": 2.0}]}', '{"a": [1.0, {"b": 2}]}'),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
        ('{"name": "\\u00e9"}', '{"name": "é"}'),
        ('{"na\\u006de": "x"}', '{"name": "x"}'),
    ],
)
def test_two_spellings_are_one_payload(one: str, other: str) -> None:
    assert print_of(one) == print_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"score": 1}', '{"score": true}'),
        ('{"score": 0}', '{"score": false}'),
        ('{"score": 1}', '{"score": "1"}'),
        ('{"score": 1}', '{"score": 1.5}'),
        ('{"score": null}', '{"score": 0}'),
        ('{"score": 9007199254740992}', '{"score": 9007199254740993}'),
        ('{"a": [1, 2]}', '{"a": [2, 1]}'),
        ('{"score": 1}', "{}"),
    ],
)
def test_two_values_are_two_payloads(one: str, other: str) -> None:
    assert print_of(one) != print_of(other)


def test_the_payload_is_not_changed() -> None:
    payload: dict[str, Any] = {"attributes": {"score": 1.0}}
    fingerprint("record_event", None, payload)
    assert isinstance(payload["attributes"]["score"], float)
