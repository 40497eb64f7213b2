"""What an operation needs once it is built; whatever is forgotten is named here."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest

from customers import catalogue
from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Operation
from customers.domain.enterprise import Settings
from customers.edge.http.capabilities import LIMITS, RETENTION_DAYS
from customers.wire.http.request import Request
from tests.support.http.gateway import routes
from tests.support.tables import ROOT, template

BUILT = [each for each in OPERATIONS if each.handler]
NAMES = [each.name for each in BUILT]


class _Watched(dict[str, Any]):
    """Notes what is asked for."""

    def __init__(self, operation: Operation[Any], where: str) -> None:
        described = {each.name: each for each in operation.parameters if each.where == where}
        examples = [(name, each.example_text) for name, each in described.items() if each.example]
        # The path says `{phone}` or `{id}` where the template, and so the event, says `{customer}`.
        of_customer = operation.path.startswith("/customers/")
        variables = [("customer" if of_customer else name, value) for name, value in examples]
        given = variables if where == "path" else [(name, [value]) for name, value in examples]
        super().__init__(given)
        self.described = set(described)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def _policies(operation: Operation[Any]) -> str:
    (function,) = [each.function for each in routes() if each.handler == f"{operation.handler}.handler"]
    resources = template()["Resources"]
    tenants = resources.get(f"{function.removesuffix('Function')}TenantRole", {"Properties": {}})
    return str([each["Properties"].get("Policies", []) for each in (resources[function], tenants)])


def test_every_operation_that_is_declared_is_among_all() -> None:
    modules = [import_module(each.name) for each in walk_packages(catalogue.__path__, f"{catalogue.__name__}.")]
    declared = {each.name for module in modules for each in vars(module).values() if isinstance(each, Operation)}
    assert declared - {each.name for each in OPERATIONS} == set(), "add it to catalogue/every.py"


@pytest.mark.parametrize("operation", [each for each in BUILT if each.callers], ids=lambda each: each.name)
def test_a_built_operation_has_tests_of_its_own(operation: Operation[Any]) -> None:
    """Those of sessions share theirs."""
    plural = operation.name.rpartition("_")[2] + "s"
    files = [f"test_{name}.py" for name in (operation.name, plural)]
    assert [name for name in files if [*(ROOT / "tests/operations").rglob(name)]], (
        f"write tests/operations/…/{files[0]}"
    )


@pytest.mark.parametrize("operation", BUILT, ids=NAMES)
def test_a_built_operation_says_what_it_answers(operation: Operation[Any]) -> None:
    assert operation.answer is not None


@pytest.mark.parametrize("operation", BUILT, ids=NAMES)
def test_an_example_is_of_a_customer_as_complete_as_one_can_be(operation: Operation[Any]) -> None:
    """Five fields make a profile complete, each a fifth."""
    assert operation.example_completeness in (None, 0, 20, 40, 60, 80, 100)


@pytest.mark.parametrize("operation", BUILT, ids=NAMES)
def test_a_built_operation_that_needs_a_token_says_how_its_request_is_read(operation: Operation[Any]) -> None:
    assert (operation.read is not None) == bool(operation.callers)


@pytest.mark.parametrize("operation", BUILT, ids=NAMES)
def test_an_operation_describes_every_parameter_that_it_reads(operation: Operation[Any]) -> None:
    query, variables = (_Watched(operation, where) for where in ("query", "path"))
    if operation.read:
        body = json.dumps(operation.body_example or {}).encode()
        operation.read(Request(query, variables, body=body), Settings("Acme", "QAR", "QA"))
        assert query.asked == query.described
    assert len(variables.asked) == len(variables.described) * bool(operation.read)
    # A public operation's handler reads its request itself, or does not read it.
    assert variables.described == set(re.findall(r"\{(\w+)\}", operation.path))


@pytest.mark.parametrize("operation", BUILT, ids=NAMES)
def test_an_operation_has_a_budget_of_requests_exactly_if_its_role_may_make_any(operation: Operation[Any]) -> None:
    assert (operation.budget > 0) == ("dynamodb:" in _policies(operation))


def test_callers_find_what_they_were_promised() -> None:
    """Another figure or name is a change that callers must be told of (`docs/versions.md`)."""
    assert LIMITS == {
        "requests_per_second": 5000,
        "request_burst": 2000,
        "phone_characters": 64,
        "provider_customer_id_characters": 128,
        "token_bytes": 8192,
        "body_bytes": 64 * 1024,
        "idempotency_key_characters": 255,
        "event_attributes_bytes": 4096,
        "event_attributes_levels": 3,
        "event_seconds_ahead": 5 * 60,
        "session_seconds": 4 * 60 * 60,
        "session_events": 40,
        "basket_reference_characters": 128,
        "search_page_customers": 50,
        "stats_days": 366,
        "branch_change_seen_after_seconds": 60,
        "links_to_verify_a_phone_per_24_hours": 5,
        "sms_per_day_unless_configured": 500,
        "link_hours": 24,
        "link_requests_per_second": 200,
        "link_request_burst": 400,
        "link_requests_per_address_per_minute": 60,
        "requests_per_address_per_minute": 30_000,
        "export_link_seconds": 15 * 60,
    }
    assert RETENTION_DAYS == {
        "facts_waiting": 14,
        "facts_refused": 30,
        "answers_by_idempotency_key": 3,
        "sessions": 1,
        "exports": 1,
    }
