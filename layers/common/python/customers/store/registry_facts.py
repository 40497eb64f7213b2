"""Applying facts about enterprises to the Enterprises table."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from customers.domain.canonical_json import canonical_json
from customers.domain.facts.fact import AccessRevoked, BranchChanged, EnterpriseConfigured, EnterpriseFact
from customers.domain.facts.fact_identity import another
from customers.domain.instants import sortable_instant
from customers.domain.refusals import CannotApply
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import ConditionFailed, put
from customers.store.registry_rows import registry_key, revoked, settings_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Posted = Literal["applied", "duplicate"]
_RECORD, _CURRENCY, _ENTRY = range(3)
"""The positions of the writes in the transaction of a fact."""


def post(client: DynamoDBClient, table: str, fact: EnterpriseFact) -> Posted:
    """Apply a fact once. Of two facts about the same thing the later one holds.

    Raises `CannotApply`, `Conflict`, `Unavailable`.
    """
    order = {"S": str(fact.order)}
    is_later = "attribute_not_exists(stamp) OR stamp < :stamp"
    record = {**_record_key(fact), "type": {"S": fact.type}, "said": {"S": _said(fact)}}
    writes = [
        put(table, record, "attribute_not_exists(pk)"),
        _fixed(table, fact),
        put(table, {**_entry(fact), "stamp": order}, is_later, {":stamp": order}),
    ]
    try:
        return _commit(client, table, fact, writes)
    except ConditionFailed:
        # A later fact is already there: this one is noted, and what never changes is written.
        return _commit(client, table, fact, writes[:_ENTRY])


def _fixed(table: str, fact: EnterpriseFact) -> Any:
    """What holds whatever later facts say: the currency of the books, or that a merchant exists."""
    match fact.payload:
        case EnterpriseConfigured(settings=settings):
            currency = {"S": settings.currency}
            books = {**registry_key(fact.enterprise, "books"), "currency": currency}
            is_same = "attribute_not_exists(pk) OR currency = :currency"
            return put(table, books, is_same, {":currency": currency})
        case BranchChanged(merchant_id=merchant):
            return put(table, registry_key(fact.enterprise, f"merchant#{merchant}"))
        case AccessRevoked():
            return put(table, registry_key(fact.enterprise, "revocations"))


def _commit(client: DynamoDBClient, table: str, fact: EnterpriseFact, writes: list[Any]) -> Posted:
    try:
        transactions.commit(client, writes)
    except ConditionFailed as failed:
        if _RECORD in failed.positions:
            record = reads.get(client, table, _record_key(fact)) or {}
            if record.get("said") != {"S": _said(fact)}:
                raise another() from None
            return "duplicate"
        if _CURRENCY in failed.positions:
            raise CannotApply("currency", "cannot change: the enterprise already uses another currency") from None
        raise
    return "applied"


def _entry(fact: EnterpriseFact) -> Item:
    """The row of what the fact is about."""
    match fact.payload:
        case EnterpriseConfigured(settings=settings):
            return {**settings_key(fact.enterprise), "settings": {"S": canonical_json(asdict(settings))}}
        case BranchChanged(merchant_id=merchant, branch_id=branch, active=active):
            row = registry_key(fact.enterprise, f"branch#{branch}")
            return {**row, "merchant_id": {"S": merchant}, "active": {"BOOL": active}}
        case AccessRevoked(issuer=issuer, subject=subject, jti=jti, before=before):
            row = registry_key(fact.enterprise, revoked(issuer, subject, jti))
            return {**row, "before": {"S": sortable_instant(before)}}


def _record_key(fact: EnterpriseFact) -> Item:
    return registry_key(fact.enterprise, f"fact#{fact.order.fact_id}")


def _said(fact: EnterpriseFact) -> str:
    """A hash of the fact: one id names one thing for good."""
    said = {name: str(each) if isinstance(each, datetime) else each for name, each in asdict(fact.payload).items()}
    content = [fact.type, str(fact.order), said]
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()[:32]
