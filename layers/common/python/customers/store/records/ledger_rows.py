"""Rows of the ledger: one for each fact, each statement of this bundle, and each recorded event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.canonical_json import canonical_json
from customers.domain.facts.fact import Corrected, CustomerFact, CustomerPayload, EventOrder, LedgerEntry, Merged
from customers.domain.facts.history import EVENT_ENTRY
from customers.store.dynamodb.items import Item
from customers.store.records.keys import record_key, scope_attributes

LEDGER = "ledger#"
"""How the sort keys of the ledger begin. The order of the event follows, so the rows are sorted by time."""

SCRUBBED: Item = {"scrubbed": {"BOOL": True}}
"""The attribute of a ledger entry whose personal detail has been removed."""


def ledger_key(enterprise: str, customer_id: str, order: EventOrder) -> Item:
    return record_key(enterprise, customer_id, f"{LEDGER}{order}")


def ledger_row(fact: CustomerFact, customer_id: str) -> Item:
    return {
        **ledger_key(fact.enterprise, customer_id, fact.order),
        "type": {"S": fact.type},
        "detail": {"S": fact.detail},
        **scope_attributes(fact.scope),
    }


def scrubbed_row(fact: CustomerFact, customer_id: str) -> Item:
    """The entry of a fact about an erased customer: that there was one, and not what it said."""
    return {**ledger_row(fact, customer_id), "detail": {"S": "{}"}, **SCRUBBED}


def own_row(enterprise: str, customer_id: str, entry: LedgerEntry) -> Item:
    """An entry that this bundle writes itself."""
    return {
        **ledger_key(enterprise, customer_id, entry.order),
        "type": {"S": entry.type},
        "detail": {"S": canonical_json(_own_detail(entry.payload))},
    }


def _own_detail(payload: CustomerPayload) -> Mapping[str, str]:
    match payload:
        case Corrected(name=name, phone=phone):
            fields = {"name": name, "phone": phone.e164 if phone else None}
            return {field: value for field, value in fields.items() if value is not None}
        case Merged(absorbed=absorbed):
            return {"absorbed_customer_id": absorbed}
        case _:
            return {}


def is_folded(row: Mapping[str, Any]) -> bool:
    """Whether a row is a ledger entry that is folded: not a recorded event, and not scrubbed."""
    return row["sk"]["S"].startswith(LEDGER) and not row["type"]["S"].startswith(EVENT_ENTRY) and "scrubbed" not in row
