"""What is personal is in no repr, which a traceback or a log line might have."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import customers

PERSONAL = {
    *("attributes", "basket_reference", "body", "bound", "consent", "cursor", "detail", "former", "freed_row", "last4"),
    *("name", "phones", "preferences", "provider_customer_id", "provider_customer_ids", "provider_id", "provider_ids"),
    *("query", "row", "term", "value", "variables", "words"),
}
"""Names of fields that hold what a person is called, said or typed, and rows of persons."""
OF_NOBODY = {
    *("FactType.name", "Issuer.name", "Mark.name", "Operation.name", "Parameter.name", "Settings.name"),
    *("Operation.body", "CustomerId.value", "Found.former"),
}


def _shown() -> Iterator[str]:
    for found in pkgutil.walk_packages(customers.__path__, "customers."):
        for each in vars(importlib.import_module(found.name)).values():
            if isinstance(each, type) and each.__module__ == found.name and dataclasses.is_dataclass(each):
                kind: Any = each
                yield from (f"{each.__name__}.{field.name}" for field in dataclasses.fields(kind) if field.repr)


def test_no_field_that_is_personal_is_shown() -> None:
    assert {each for each in _shown() if each.partition(".")[2] in PERSONAL} == OF_NOBODY
