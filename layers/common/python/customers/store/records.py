"""The Records table: everything of a customer but the row that a lookup reads.

The key is `{enterprise}#{customer_id}`, sorted by kind and time, so that a phone that changes moves no history.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.customers.profile import Erased, Profile
from customers.domain.events.recorded import ENTRY
from customers.domain.facts.account import FieldVersions, Grant, Transaction
from customers.domain.facts.fact import Corrected, CustomerFact, CustomerPayload, EventOrder, LedgerEntry, Merged
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.merge import Absorbed
from customers.domain.instants import sortable_instant
from customers.store.customers.rows import Item, canonical_json, customer_key, erased_attributes, erased_key, instant_of
from customers.store.dynamodb.transactions import put

NEVER = "never"
"""Sorts after every instant, those of the year 9999 too: a grant that does not expire."""

TRANSACTIONS = ("purchase#", "refund#")
"""How the sort keys of transactions begin."""

LEDGER = "ledger#"
"""How the sort keys of the history begin; what follows is the stamp, so that their order is that of time."""


SCRUBBED: Item = {"scrubbed": {"BOOL": True}}
"""In a ledger entry of which the detail has been taken out, because it was personal."""

ABSORBED = "absorbed#"
"""How the sort keys of absorbed customers begin, by id."""


def record_key(enterprise: str, customer_id: str, sk: str) -> Item:
    return {"pk": {"S": f"{enterprise}#{customer_id}"}, "sk": {"S": sk}}


def fact_record_key(enterprise: str, fact_id: str) -> Item:
    """Where it is noted, once for the enterprise, that a fact has been applied."""
    return {"pk": {"S": f"{enterprise}#fact#{fact_id}"}, "sk": {"S": "receipt"}}


def provider_owner_key(enterprise: str, provider_id: str) -> Item:
    """Where it is noted whose provider id this is."""
    return {"pk": {"S": f"{enterprise}#provider#{provider_id}"}, "sk": {"S": "owner"}}


def ledger_key(enterprise: str, customer_id: str, order: EventOrder) -> Item:
    return record_key(enterprise, customer_id, f"{LEDGER}{order}")


def ledger_row(fact: CustomerFact, customer_id: str) -> Item:
    return {
        **ledger_key(fact.enterprise, customer_id, fact.order),
        "type": {"S": fact.type},
        "detail": {"S": fact.detail},
        **_scope(fact.scope),
    }


def scrubbed_row(fact: CustomerFact, customer_id: str) -> Item:
    """The entry of what was said of a person who is erased: that it was said, and not what."""
    return {**ledger_row(fact, customer_id), "detail": {"S": "{}"}, **SCRUBBED}


def own_row(enterprise: str, customer_id: str, entry: LedgerEntry) -> Item:
    """The entry of what this bundle says itself."""
    return {
        **ledger_key(enterprise, customer_id, entry.order),
        "type": {"S": entry.type},
        "detail": {"S": canonical_json(_own_detail(entry.payload))},
    }


def _own_detail(payload: CustomerPayload) -> Mapping[str, str]:
    match payload:
        case Corrected(name=name, phone=phone):
            said = {"name": name, "phone": phone.e164 if phone else None}
            return {thing: value for thing, value in said.items() if value is not None}
        case Merged(absorbed=absorbed):
            return {"absorbed_customer_id": absorbed}
        case _:
            return {}


def _scope(scope: str) -> Item:
    return {"scope": {"S": scope}} if scope else {}


def scope_of(row: Mapping[str, Any]) -> str:
    """The absorbed customer whose entry, grant or transaction it was; empty where it is the customer's own."""
    scope: str = row.get("scope", {}).get("S", "")
    return scope


def is_folded(row: Mapping[str, Any]) -> bool:
    """Whether it is the entry of a fact that says something: of the history, and no event of which nothing follows."""
    return row["sk"]["S"].startswith(LEDGER) and not row["type"]["S"].startswith(ENTRY) and "scrubbed" not in row


def grant_row(enterprise: str, customer_id: str, grant: Grant) -> Item:
    row = {
        **record_key(enterprise, customer_id, grant.key),
        "grant_id": {"S": grant.grant_id},
        **_scope(grant.scope),
        "amount": {"N": str(grant.amount_minor)},
        "granted": {"S": str(grant.granted)},
    }
    if grant.expires_at:
        row["expires_at"] = {"S": sortable_instant(grant.expires_at)}
    if grant.open:
        row["open_until"] = {
            "S": f"{sortable_instant(grant.expires_at) if grant.expires_at else NEVER}#{grant.grant_id}"
        }
    if grant.released:
        row["released"] = {"S": str(grant.released)}
    if grant.expired:
        row["expired"] = {"S": str(grant.expired)}
    return row


def grant_of(row: Mapping[str, Any]) -> Grant:
    """The inverse of `grant_row`."""
    return Grant(
        grant_id=row["grant_id"]["S"],
        amount_minor=int(row["amount"]["N"]),
        expires_at=instant_of(row, "expires_at"),
        granted=stamp_of(row["granted"]["S"]),
        released=stamp_of(row["released"]["S"]) if "released" in row else None,
        expired=stamp_of(row["expired"]["S"]) if "expired" in row else None,
        scope=scope_of(row),
    )


def transaction_row(enterprise: str, customer_id: str, transaction: Transaction, counted: str | None) -> Item:
    """`counted` is what the figures hold of it until now; `uncounted` stays until they hold it as it is said here."""
    row = {
        **record_key(enterprise, customer_id, transaction.key),
        "amount": {"N": str(transaction.amount_minor)},
        "stamp": {"S": str(transaction.order)},
        "uncounted": {"BOOL": True},
        **_scope(transaction.scope),
    }
    if transaction.branch_id is not None:
        row["branch_id"] = {"S": transaction.branch_id}
    if counted is not None:
        row["counted"] = {"S": counted}
    return row


def put_transaction(table: str, row: Item) -> Any:
    """Write it unless it has been counted meanwhile: whoever counts it does not raise the customer's version."""
    if "counted" in row:
        return put(table, row, "counted = :counted", {":counted": row["counted"]})
    return put(table, row, "attribute_not_exists(counted)")


def transaction_of(row: Mapping[str, Any]) -> Transaction:
    """The inverse of `transaction_row`."""
    kind, _, number = row["sk"]["S"].partition("#")
    scope = scope_of(row)
    return Transaction(
        kind="purchase" if kind == "purchase" else "refund",
        id=number.removesuffix(f"/{scope}") if scope else number,
        amount_minor=int(row["amount"]["N"]),
        branch_id=row["branch_id"]["S"] if "branch_id" in row else None,
        order=stamp_of(row["stamp"]["S"]),
        scope=scope,
    )


def pointer_row(enterprise: str, profile: Profile, field_versions: FieldVersions) -> Item:
    """Where a customer is found by id, and which statements hold."""
    return {
        **record_key(enterprise, profile.customer_id, "pointer"),
        "phone": {"S": profile.phone.e164},
        "marks": {"M": {thing: {"S": order} for thing, order in field_versions.items()}},
    }


def absorbed_pointer_row(enterprise: str, absorbed_id: str, survivor_id: str) -> Item:
    """Where an absorbed customer's id leads."""
    return {**record_key(enterprise, absorbed_id, "pointer"), "merged_into": {"S": survivor_id}}


def erased_pointer_row(enterprise: str, customer_id: str, erased: Erased) -> Item:
    """Where the id of a person leads who is erased: to nothing but that."""
    return {**record_key(enterprise, customer_id, "pointer"), **erased_attributes(erased)}


def count_late(table: str, enterprise: str, customer_id: str, facts: int) -> Any:
    """Of a person who is deleted nothing is noted but how much was told of them since."""
    return {
        "Update": {
            "TableName": table,
            "Key": record_key(enterprise, customer_id, "pointer"),
            "UpdateExpression": "ADD late :facts",
            "ConditionExpression": "outcome = :deleted",
            "ExpressionAttributeValues": {":facts": {"N": str(facts)}, ":deleted": {"S": "hard_deleted"}},
        }
    }


def home_key(enterprise: str, customer_id: str, pointer: Mapping[str, Any]) -> Item | None:
    """Where a customer's row is, by the pointer; None of who was absorbed, whose row is the survivor's."""
    if "erased_at" in pointer:
        return erased_key(enterprise, customer_id)
    return customer_key(enterprise, Phone(pointer["phone"]["S"])) if "phone" in pointer else None


def absorbed_row(enterprise: str, survivor_id: str, absorbed: Absorbed) -> Item:
    """Whom a survivor has absorbed; `unswept` until the history has been brought over."""
    return {
        **record_key(enterprise, survivor_id, f"{ABSORBED}{absorbed.customer_id}"),
        "phone": {"S": absorbed.phone.e164},
        "merged_at": {"S": sortable_instant(absorbed.merged_at)},
        **({} if absorbed.swept else {"unswept": {"BOOL": True}}),
    }


def absorbed_of(row: Mapping[str, Any]) -> Absorbed:
    """The inverse of `absorbed_row`."""
    merged_at = instant_of(row, "merged_at")
    assert merged_at  # noqa: S101 - each has one
    customer_id = row["sk"]["S"].removeprefix(ABSORBED)
    return Absorbed(customer_id, Phone(row["phone"]["S"]), merged_at, "unswept" not in row)


def marks_of(row: Mapping[str, Any]) -> FieldVersions:
    return {thing: order["S"] for thing, order in row["marks"]["M"].items()}


def stamp_of(text: str) -> EventOrder:
    """The inverse of `str`."""
    occurred_at, _, fact_id = text.partition("#")
    return EventOrder(datetime.fromisoformat(occurred_at).astimezone(UTC), fact_id)
