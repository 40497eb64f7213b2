"""What an exception or a debugger shows of an object names no person: a new class joins by the names of its fields."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import customers

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
        "former",
        "freed_row",
        "headers",
        "holdings",
        "key",
        "last4",
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
        "row",
        "said",
        "shown",
        "taken_back",
        "term",
        "value",
        "variables",
        "words",
    ]
)
OF_SOMETHING_ELSE = {
    *("FactType.name", "Issuer.name", "Mark.name", "Operation.name", "Parameter.name", "Settings.name"),
    *("Answer.headers", "CustomerId.value", "Found.former", "Operation.body", "Operation.headers", "Written.key"),
    # Objects whose own fields are looked at.
    *("LinkChange.named", "StoredHoldings.holdings"),
}
HELD = ("absorbed", "activity", "events", "grants", "not_the_same", "refused_facts", "transactions")
OF_A_PERSON_TOO = {
    *(f"Held.{each}" for each in HELD),
    *("ActivityEntry.reason", "Ahead.records", "Candidate.after", "Page.after", "Parts.parts", "Profile.checksum"),
    *("Rebuilt.records", "Rebuilt.wrong", "RefusedFact.about", "RefusedFact.source", "Unmerged.refused"),
    *("WritingCall.recorded", "Issuer.find_key", "Kept._hash"),
}
"""What others have under the same name tells nothing."""


def fields(*, shown: bool) -> Iterator[str]:
    """The fields of all dataclasses that a `repr` shows, or those that it leaves out."""
    for found in pkgutil.walk_packages(customers.__path__, "customers."):
        for each in vars(importlib.import_module(found.name)).values():
            if isinstance(each, type) and dataclasses.is_dataclass(each) and each.__module__ == found.name:
                kind: Any = each
                yield from (
                    f"{each.__name__}.{field.name}" for field in dataclasses.fields(kind) if field.repr == shown
                )


def test_what_may_name_a_person_is_not_shown() -> None:
    assert {each for each in fields(shown=True) if each.partition(".")[2] in OF_A_PERSON} == OF_SOMETHING_ELSE
    assert {each for each in fields(shown=False) if each.partition(".")[2] not in OF_A_PERSON} == OF_A_PERSON_TOO
