"""What an operation needs once it is built; whatever is forgotten is named here."""

from __future__ import annotations

from typing import Any

import pytest

from customers.catalogue import OPERATIONS, Operation
from customers.domain.enterprise import Settings
from customers.wire.parameters import Query
from tests.support.gateway import routes
from tests.support.tables import template

BUILT = [each for each in OPERATIONS if each.door]
NAMES = [each.name for each in BUILT]


class _Watched(Query):
    """Notes which parameters are asked for."""

    def __init__(self, values: dict[str, list[str]]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def one(self, name: str) -> str | None:
        self.asked.add(name)
        return super().one(name)


def _policies(operation: Operation[Any]) -> str:
    (function,) = [each.function for each in routes() if each.handler == f"{operation.door}.handler"]
    return str(template()["Resources"][function]["Properties"].get("Policies", []))


@pytest.mark.parametrize("operation", BUILT, ids=NAMES)
def test_a_built_operation_says_what_it_answers(operation: Operation[Any]) -> None:
    assert operation.answer is not None


@pytest.mark.parametrize("operation", BUILT, ids=NAMES)
def test_a_built_operation_that_needs_a_token_says_how_its_request_is_read(operation: Operation[Any]) -> None:
    assert (operation.read is not None) == bool(operation.callers)


@pytest.mark.parametrize("operation", BUILT, ids=NAMES)
def test_an_operation_describes_every_query_parameter_that_it_reads(operation: Operation[Any]) -> None:
    described = {each.name: each for each in operation.parameters if each.where == "query"}
    query = _Watched({name: [each.example] for name, each in described.items() if each.example})
    if operation.read:
        operation.read(query, Settings("Acme", "QAR", "QA"))
    assert query.asked == described.keys()


@pytest.mark.parametrize("operation", BUILT, ids=NAMES)
def test_an_operation_has_a_budget_of_requests_exactly_if_its_role_may_make_any(operation: Operation[Any]) -> None:
    assert (operation.budget > 0) == ("dynamodb:" in _policies(operation))
