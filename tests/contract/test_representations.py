"""What an exception or a debugger shows of an object names no person: a new class joins by the names of its fields."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import customers.domain
import customers.wire

OF_A_PERSON = frozenset(
    [
        "attributes",
        "basket_reference",
        "body",
        "bound",
        "consent",
        "context",
        "cursor",
        "data",
        "detail",
        "fingerprint",
        "headers",
        "key",
        "last4",
        "holdings",
        "ledger",
        "name",
        "named",
        "opening_key",
        "phones",
        "preferences",
        "provider_customer_id",
        "provider_customer_ids",
        "provider_id",
        "provider_ids",
        "query",
        "said",
        "shown",
        "taken_back",
        "term",
        "value",
        "variables",
        "words",
    ]
)
OF_SOMETHING_ELSE = {"Settings.name", "FactType.name", "Parameter.name", "CustomerId.value"}


def shown(package: ModuleType) -> Iterator[str]:
    """The fields of all its dataclasses that a `repr` shows."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for each in vars(importlib.import_module(found.name)).values():
            if isinstance(each, type) and dataclasses.is_dataclass(each) and each.__module__ == found.name:
                yield from (f"{each.__name__}.{field.name}" for field in dataclasses.fields(each) if field.repr)


@pytest.mark.parametrize("package", [customers.domain, customers.wire], ids=lambda each: each.__name__)
def test_what_may_name_a_person_is_not_shown(package: ModuleType) -> None:
    found = set(shown(package)) - OF_SOMETHING_ELSE
    assert found
    assert {each for each in found if each.partition(".")[2] in OF_A_PERSON} == set()
