"""Rows of the ledger: one for each fact, each statement of this system, and each recorded event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from customers.domain.facts.entry_codec import decode, encode
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import CustomerFact, LedgerEntry
from customers.domain.facts.history import EVENT_ENTRY
from customers.domain.instants import sortable_instant
from customers.store.dynamodb.items import Item, instant_of
from customers.store.records.keys import record_key, scope_of, stamp_of

LEDGER = "ledger#"
"""How the sort keys of the ledger begin. The order of the event follows, so the rows are sorted by time."""

INCLUDED_IN = "included_in"

SCRUBBED: Item = {"scrubbed": {"BOOL": True}}
"""The attribute of a ledger entry whose personal detail has been removed."""


def ledger_key(enterprise: str, customer_id: str, order: EventOrder) -> Item:
    return record_key(enterprise, customer_id, f"{LEDGER}{order}")


def entry_row(enterprise: str, customer_id: str, entry: CustomerFact | LedgerEntry, named: str = "") -> Item:
    """The row of a fact, or of a change that this system made. `named` is a pseudonym of the address in the fact."""
    return {
        **ledger_key(enterprise, entry.scope or customer_id, entry.order),
        "type": {"S": entry.type},
        "detail": {"S": encode(entry.type, entry.payload)},
        **received_attributes(entry.order),
        **included_attributes(entry.included_in),
        **({"named": {"S": named}} if named else {}),
    }


def entry_rows(
    enterprise: str,
    customer_id: str,
    applied: Sequence[CustomerFact],
    scrubbed: Sequence[CustomerFact],
    named: Mapping[str, str],
) -> list[Item]:
    """The entries of a decision. `named` is the pseudonym of whom each fact named, by fact id."""
    return [
        *(entry_row(enterprise, customer_id, each, named[each.order.fact_id]) for each in applied),
        *(_scrubbed_entry_row(enterprise, customer_id, each, named[each.order.fact_id]) for each in scrubbed),
    ]


def included_attributes(source: str) -> Item:
    """The import whose figures have the sums of a fact already."""
    return {INCLUDED_IN: {"S": source}} if source else {}


def included_in(row: Mapping[str, Any]) -> str:
    """The inverse of `included_attributes`."""
    source: str = row.get(INCLUDED_IN, {}).get("S", "")
    return source


def received_attributes(order: EventOrder) -> Item:
    """When a fact was received whose clock ran ahead."""
    return {"received_at": {"S": sortable_instant(order.received_at)}} if order.received_at else {}


def _scrubbed_entry_row(enterprise: str, customer_id: str, fact: CustomerFact, named: str) -> Item:
    """The row of a fact about an erased person: that there was one, without its content."""
    return {**entry_row(enterprise, customer_id, fact, named), "detail": {"S": "{}"}, **SCRUBBED}


def entries_of_facts(rows: Iterable[Item]) -> dict[str, Item]:
    """The entries of facts, scrubbed or not, by the ids of the facts: this system's own entries name nobody."""
    return {
        row["sk"]["S"].split("#", 2)[2]: row for row in rows if row["sk"]["S"].startswith(LEDGER) and "named" in row
    }


def ledger_entry_of(row: Mapping[str, Any], customer_id: str | None = None) -> LedgerEntry:
    """The inverse of `entry_row`, of this customer; without one it is of no part."""
    kind = row["type"]["S"]
    order = replace(stamp_of(row["sk"]["S"].removeprefix(LEDGER)), received_at=instant_of(row, "received_at"))
    return LedgerEntry(order, kind, decode(kind, row["detail"]["S"]), scope_of(row, customer_id), included_in(row))


def is_folded(row: Mapping[str, Any]) -> bool:
    """Whether a row is a ledger entry that is folded: not a recorded event, and not scrubbed."""
    return row["sk"]["S"].startswith(LEDGER) and not row["type"]["S"].startswith(EVENT_ENTRY) and "scrubbed" not in row
