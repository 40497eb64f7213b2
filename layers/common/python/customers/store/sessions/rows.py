"""The Sessions table: one row holds a whole session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.canonical_json import canonical_json, compact_json
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.history import EVENT_ENTRY
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import show_instant, sortable_instant
from customers.domain.sessions import Identification, Identified, Session, SessionEvent, Snapshot
from customers.store.dynamodb.items import Item
from customers.store.records.ledger_rows import ledger_key


def session_key(enterprise: str, branch: str, session_id: str) -> Item:
    """The branch is part of the key: another branch finds nothing."""
    return {"pk": {"S": f"{enterprise}#{branch}#{session_id}"}}


def session_row(enterprise: str, session: Session) -> Item:
    row: Item = {
        **session_key(enterprise, session.branch, session.id),
        "opened_at": {"S": sortable_instant(session.opened_at)},
        "revision": {"N": str(session.revision)},
        "ttl": {"N": str(int(session.expires_at.timestamp()))},
    }
    if session.opening_key:
        row["opening_key"] = {"S": session.opening_key}
    if session.basket_reference is not None:
        row["basket_reference"] = {"S": session.basket_reference}
    if session.events:
        row["events"] = {"S": canonical_json([_event(each) for each in session.events])}
    if who := session.identified:
        row |= {
            "customer_key": {"S": f"{enterprise}#{who.customer_id}"},
            "phone": {"S": who.phone.e164},
            "identified_at": {"S": sortable_instant(who.at)},
            # With its keys in their order: shown again, it is the same to the letter.
            "context": {"S": compact_json(dict(who.snapshot.context))},
            "completeness": {"N": str(who.snapshot.completeness)},
            "mark": {"S": who.snapshot.mark},
        }
    return row


def session_of(row: Mapping[str, Any]) -> Session:
    """The inverse of `session_row`."""
    _, branch, session_id = row["pk"]["S"].split("#")
    return Session(
        session_id,
        branch,
        _instant(row["opened_at"]["S"]),
        row["basket_reference"]["S"] if "basket_reference" in row else None,
        tuple(map(_gathered, json.loads(row["events"]["S"]))) if "events" in row else (),
        int(row["revision"]["N"]),
        _identified(row) if "customer_key" in row else None,
        row["opening_key"]["S"] if "opening_key" in row else "",
    )


def identification_row(enterprise: str, done: Identification) -> Item:
    """The entry in the customer's history: the session in which they were identified, and its basket."""
    session, who = done.session, done.identified
    detail = {
        "branch_id": session.branch,
        "opened_at": show_instant(session.opened_at),
        **({"basket_reference": session.basket_reference} if session.basket_reference is not None else {}),
    }
    return {
        **ledger_key(enterprise, who.customer_id, EventOrder(who.at, session.id)),
        "type": {"S": f"{EVENT_ENTRY}session_identified"},
        "detail": {"S": canonical_json(detail)},
    }


def _identified(row: Mapping[str, Any]) -> Identified:
    return Identified(
        row["customer_key"]["S"].partition("#")[2],
        Phone(row["phone"]["S"]),
        _instant(row["identified_at"]["S"]),
        Snapshot(json.loads(row["context"]["S"]), int(row["completeness"]["N"]), row["mark"]["S"]),
    )


def _event(event: SessionEvent) -> dict[str, Any]:
    body = {"id": event.id, "type": event.type, "occurred_at": sortable_instant(event.occurred_at)}
    return {**body, "attributes": dict(event.attributes)} if event.attributes else body


def _gathered(body: Mapping[str, Any]) -> SessionEvent:
    return SessionEvent(body["id"], body["type"], _instant(body["occurred_at"]), body.get("attributes", {}))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
