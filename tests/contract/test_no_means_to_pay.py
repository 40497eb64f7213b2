"""Who somebody is never gives the right to move their money: no answer holds a means to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from customers.catalogue.operation import Operation
from tests.support.http.document import DOCUMENT
from tests.support.http.means import is_a_means, means_to_pay
from tests.support.http.operations import BUILT


def _fields(schema: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of all fields that an answer of the schema may have, as deep as they may be."""
    if isinstance(schema, list):
        for each in schema:
            yield from _fields(each, seen)
    elif isinstance(schema, dict):
        if (reference := schema.get("$ref")) and reference not in seen:
            named = DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]
            yield from _fields(named, seen | {reference})
        yield from schema.get("properties", {})
        for name, part in schema.items():
            if name != "example":
                yield from _fields(list(part.values()) if name == "properties" else part, seen)


def _responses(operation: Operation[Any]) -> list[dict[str, Any]]:
    responses = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
    kinds = [each.get("content", {}) for each in responses.values()]
    return [each["application/json"] for each in kinds if "application/json" in each]


@pytest.mark.parametrize("operation", BUILT, ids=lambda each: each.name)
def test_no_answer_that_the_page_describes_has_a_field_to_pay_with(operation: Operation[Any]) -> None:
    for response in _responses(operation):
        fields = set(_fields(response["schema"]))
        assert fields or not operation.enveloped
        assert [name for name in fields if is_a_means(name)] == []
        assert means_to_pay(response.get("example", {})) == []


def test_the_walk_reaches_what_lies_deepest() -> None:
    (identify,) = [each for each in BUILT if each.name == "read_session"]
    fields = {name for response in _responses(identify) for name in _fields(response["schema"])}
    assert {"context", "customer", "balance", "spendable_minor", "visit_count_last_90d", "request_id"} <= fields


@pytest.mark.parametrize(
    "name",
    [
        *("token", "debit_token", "debitToken", "authorize_token", "authorization", "authorisation_id"),
        *("payment_method", "paymentMethod", "payment_token", "capture_id", "charge_url", "client_secret", "pin"),
    ],
)
def test_such_a_field_would_be_found(name: str) -> None:
    assert means_to_pay({"data": {"customer": [{name: None}]}}) == [f"data.customer.{name}"]


@pytest.mark.parametrize(
    "name", ["token_bytes", "spendable_minor", "balance", "next_cursor", "card_id", "unclaimed_cashback", "company"]
)
def test_what_shows_money_and_moves_none_is_let_be(name: str) -> None:
    assert not is_a_means(name)
