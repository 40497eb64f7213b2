"""Reads messages of the dead-letter queue as far as possible, and rewrites them without personal data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from customers.domain.erasure.scrub import is_of_books, scrubbed
from customers.domain.facts.refused_facts import RefusedFact
from customers.domain.identifiers.address import Address, CustomerId, ProviderId
from customers.domain.identifiers.phone import Phone, normalise
from customers.domain.refusals import ValidationError


def read_refused_fact(body: str, home_region: str | None) -> RefusedFact | None:
    """The customer of a message, however malformed it is; None if the message names none."""
    detail = _detail(_event(body))
    who = detail.get("customer")
    if not isinstance(who, dict) or not isinstance(detail.get("enterprise_id"), str):
        return None
    return RefusedFact(
        detail["enterprise_id"], tuple(_addresses(who, home_region)), _instant(detail.get("occurred_at"))
    )


def without_person(body: str, customer_id: str) -> str | None:
    """The message's part about money, by customer id, or None. A rewritten message does not change again."""
    event = _event(body)
    kind, detail = event.get("detail-type"), _detail(event)
    if not isinstance(kind, str) or not is_of_books(kind) or not (numbers := scrubbed(kind, detail)):
        return None
    kept = {name: detail[name] for name in ("fact_id", "enterprise_id", "occurred_at", "included_in") if name in detail}
    about = {"customer": {"customer_id": customer_id}}
    return json.dumps({"detail-type": kind, "source": "partner", "detail": {**kept, **about, **numbers}})


def _event(body: str) -> Mapping[str, Any]:
    with suppress(ValueError, RecursionError):
        event = json.loads(body)
        if isinstance(event, dict):
            return event
    return {}


def _detail(event: Mapping[str, Any]) -> Mapping[str, Any]:
    detail = event.get("detail")
    return detail if isinstance(detail, dict) else {}


def _addresses(who: Mapping[str, Any], home_region: str | None) -> Iterator[Address]:
    phone, customer_id, provider_id = (who.get(f) for f in ("phone", "customer_id", "provider_customer_id"))
    if isinstance(phone, str):
        try:
            yield normalise(phone, home_region)
        except ValidationError:
            # The probable number. Whether a customer had it decides if it counts.
            yield Phone("+" + "".join(filter(str.isdigit, phone)))
    if isinstance(customer_id, str):
        yield CustomerId(customer_id)
    if isinstance(provider_id, str):
        yield ProviderId(provider_id)


def _instant(text: object) -> datetime | None:
    with suppress(ValueError):
        if isinstance(text, str):
            return datetime.fromisoformat(text).astimezone(UTC)
    return None
