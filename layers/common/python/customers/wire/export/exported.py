"""Makes the lines of an export's files, and its manifest, from a customer's data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from customers.domain.activity_log import ActivityEntry
from customers.domain.customers.profile import Flat, Profile
from customers.domain.export import Held, Line, Part, PendingExport
from customers.domain.facts.account import Transaction
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.grants.grant import Grant
from customers.domain.facts.history import EVENT_ENTRY, Entry
from customers.domain.facts.refused_facts import HeldRefusedFact
from customers.domain.instants import sortable_instant
from customers.wire.export.files import (
    BalancesLine,
    EventLine,
    IdentityLine,
    LedgerLine,
    PromoGrantLine,
    TransactionLine,
)
from customers.wire.export.log_files import ActivityLine, RefusedFactLine
from customers.wire.export.manifest import SCHEMA_VERSION, Manifest
from customers.wire.facts.refused_facts import shown_detail


def files_of(held: Held, at: datetime) -> Iterator[tuple[str, Iterator[Line]]]:
    """Each file's name and lines. Read the lines of one file before you ask for the next."""
    profile, currency = held.profile, held.profile.currency
    yield "identity.jsonl", iter([_identity(held, at)])
    yield "balances.jsonl", iter([_balances(profile, at)])
    yield "ledger.jsonl", map(_entry, held.ledger)
    yield "promo_grants.jsonl", (_grant(each, currency, at) for each in held.grants)
    yield "transactions.jsonl", (_transaction(each, currency) for each in held.transactions)
    yield "consent.jsonl", _flat(profile.consent)
    yield "events.jsonl", map(_event, held.events)
    yield "preferences.jsonl", _flat(profile.preferences)
    yield "activity.jsonl", map(_activity, held.activity)
    yield "refused_facts.jsonl", map(_refused, held.refused_facts)


def manifest_of(pending: PendingExport, parts: Sequence[Part], *, changed: bool) -> Manifest:
    return {
        "schema_version": SCHEMA_VERSION,
        "export_id": pending.id,
        "enterprise_id": pending.enterprise,
        "customer_id": pending.profile.customer_id,
        "created_at": sortable_instant(pending.at),
        "changed_meanwhile": changed,
        "parts": [
            {"file": part.file, "count": part.count, "size_bytes": part.size_bytes, "sha256": part.sha256}
            for part in parts
        ],
    }


def _identity(held: Held, at: datetime) -> IdentityLine:
    profile, activity = held.profile, held.profile.activity
    return {
        "customer_id": profile.customer_id,
        "phone": profile.phone.e164,
        "name": profile.name,
        "state": profile.state,
        "verified": profile.verified,
        "member_since": _instant(profile.member_since),
        "provider_customer_ids": list(profile.provider_ids),
        "activity": {
            "lifetime_spend_minor": activity.lifetime_spend_minor,
            "visit_count": activity.visit_count,
            "visit_count_last_90d": activity.visits_within_window(at),
            "last_visit_at": _instant(activity.last_visit_at),
        },
        "absorbed": [
            {
                "customer_id": each.customer_id,
                "phone": each.phone.e164,
                "merged_at": sortable_instant(each.merged_at),
            }
            for each in held.absorbed
        ],
        "not_the_same": sum(1 for _ in held.not_the_same),
    }


def _balances(profile: Profile, at: datetime) -> BalancesLine:
    ends = profile.locked.next_end(at)
    return {
        "currency": profile.currency,
        "spendable_minor": profile.spendable_minor,
        "balance_minor": profile.balance_minor,
        "locked_promo_minor": profile.locked.at(at),
        "locked_promo_expires_at": _instant(ends),
    }


def _entry(entry: Entry) -> LedgerLine:
    return {
        "id": entry.order.fact_id,
        "type": entry.type,
        "occurred_at": sortable_instant(entry.order.occurred_at),
        "detail": dict(entry.detail),
    }


def _event(entry: Entry) -> EventLine:
    about = {name: entry.detail.get(name) for name in ("branch_id", "recorded_at", "session_id")}
    # An entry without attributes has its details in the other fields.
    fields = {name: value for name, value in entry.detail.items() if name not in about}
    return {
        "event_id": entry.order.fact_id,
        "event_type": entry.type.removeprefix(EVENT_ENTRY),
        "attributes": entry.detail.get("attributes", fields),
        "session_id": about["session_id"],
        "branch_id": about["branch_id"],
        "occurred_at": sortable_instant(entry.order.occurred_at),
        "recorded_at": about["recorded_at"],
    }


def _grant(grant: Grant, currency: str, at: datetime) -> PromoGrantLine:
    expired_at = grant.expired_at(at)
    return {
        "grant_id": grant.grant_id,
        "amount_minor": grant.amount_minor,
        "currency": currency,
        "status": "released" if grant.was_released else "expired" if expired_at else "open",
        "granted_at": sortable_instant(grant.granted.occurred_at),
        "expires_at": _instant(grant.expires_at),
        "released_at": _when(grant.released),
        "expired_at": _instant(expired_at),
    }


def _transaction(transaction: Transaction, currency: str) -> TransactionLine:
    return {
        "type": transaction.kind,
        "id": transaction.id,
        "amount_minor": transaction.amount_minor,
        "currency": currency,
        "branch_id": transaction.branch_id,
        "occurred_at": sortable_instant(transaction.order.occurred_at),
        "fact_id": transaction.order.fact_id,
        "included": transaction.included,
    }


def _activity(entry: ActivityEntry) -> ActivityLine:
    return {
        "operation": entry.operation,
        "outcome": entry.outcome,
        "at": sortable_instant(entry.at),
        "last_at": sortable_instant(entry.last_at or entry.at),
        "count": entry.count,
    }


def _refused(held: HeldRefusedFact) -> RefusedFactLine:
    fact = held.listed
    return {
        "type": fact.shown.get("type"),
        "source": fact.shown.get("source"),
        "fact_id": fact.shown.get("fact_id"),
        "reason": fact.reason,
        "occurred_at": _instant(fact.occurred_at),
        "refused_at": sortable_instant(fact.refused_at),
        "expires_at": sortable_instant(fact.expires_at),
        "detail": shown_detail(held.body),
    }


def _flat(fields: Flat) -> Iterator[Line]:
    return ({"name": name, "value": value} for name, value in fields.items())


def _when(order: EventOrder | None) -> str | None:
    return _instant(order.occurred_at) if order else None


def _instant(at: datetime | None) -> str | None:
    """With the precision that we store."""
    return sortable_instant(at) if at else None
