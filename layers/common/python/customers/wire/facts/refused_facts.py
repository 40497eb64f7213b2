"""Reads refused facts as far as possible, and rewrites them without personal data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from customers.domain.erasure.scrub import is_of_books, scrubbed
from customers.domain.facts.refused_facts import RefusedFact
from customers.domain.identifiers.address import Address, CustomerId, ProviderId
from customers.domain.identifiers.phone import normalise
from customers.domain.refusals import ValidationError
from customers.wire.facts.types import FACTS, EnterpriseDetail
from customers.wire.identifiers.address import MAX_PROVIDER_ID

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
"""The ids of enterprises and of customers."""
_SHOWN = {
    "type": re.compile(r"[a-z][a-z_.]{0,63}", re.ASCII),
    "source": re.compile(r"partner\.[a-z][a-z._-]{0,63}", re.ASCII),
    "fact_id": re.compile(r"[A-Za-z][!-~]{0,127}", re.ASCII),
}
"""The forms of what the enterprise's list shows: the names of types and sources, and ids as producers make them."""


def enterprise_in(body: str) -> str | None:
    """The enterprise that a message names, or None."""
    enterprise = _detail(_event(body)).get("enterprise_id")
    return enterprise if isinstance(enterprise, str) and _ID.fullmatch(enterprise) else None


def read_refused_fact(body: str, home_region: str | None) -> RefusedFact | None:
    """A message of a known enterprise. None if it names nobody, or if one of its addresses cannot be read."""
    event = _event(body)
    detail, enterprise = _detail(event), enterprise_in(body)
    if enterprise is None:
        return None
    about: tuple[Address, ...] = ()
    if not _is_of_enterprise(event, detail):
        try:
            about = tuple(_addresses(detail.get("customer"), home_region))
        except ValidationError:
            return None
        if not about:
            return None
    source = event.get("source")
    return RefusedFact(
        enterprise,
        about,
        _instant(detail.get("occurred_at")),
        _shown(event, detail),
        None if source is None else str(source),
    )


def shown_detail(body: str) -> dict[str, Any]:
    """The fields of a message, but for whom it names. Empty if it has none."""
    return {name: value for name, value in _detail(_event(body)).items() if name != "customer"}


def without_person(body: str, customer_id: str) -> str | None:
    """The message's part about money, by customer id, or None. A rewritten message does not change again."""
    event = _event(body)
    kind, detail = event.get("detail-type"), _detail(event)
    if not isinstance(kind, str) or not is_of_books(kind) or not (numbers := scrubbed(kind, detail)):
        return None
    kept = {name: detail[name] for name in ("fact_id", "enterprise_id", "occurred_at", "included_in") if name in detail}
    about = {"customer": {"customer_id": customer_id}}
    return json.dumps({"detail-type": kind, **_source(event), "detail": {**kept, **about, **numbers}})


def _event(body: str) -> Mapping[str, Any]:
    with suppress(ValueError, RecursionError):
        event = json.loads(body)
        if isinstance(event, dict):
            return event
    return {}


def _detail(event: Mapping[str, Any]) -> Mapping[str, Any]:
    detail = event.get("detail")
    return detail if isinstance(detail, dict) else {}


def _is_of_enterprise(event: Mapping[str, Any], detail: Mapping[str, Any]) -> bool:
    """Whether it is an enterprise's own fact, with no other fields than its type has: others may name a person."""
    kind = event.get("detail-type")
    model = FACTS.get(kind) if isinstance(kind, str) else None
    return model is not None and issubclass(model, EnterpriseDetail) and set(detail) <= set(model.model_fields)


def _addresses(who: object, home_region: str | None) -> Iterator[Address]:
    """Raises `ValidationError` if one of them cannot be read."""
    if not isinstance(who, dict):
        return
    given = {name: who[name] for name in ("phone", "customer_id", "provider_customer_id") if who.get(name) is not None}
    for name, value in given.items():
        if not isinstance(value, str):
            raise ValidationError(name, "must be text")
        if name == "phone":
            yield normalise(value, home_region)
        elif name == "customer_id":
            if not _ID.fullmatch(value):
                raise ValidationError(name, "must be an id")
            yield CustomerId(value)
        else:
            if not (1 <= len(value.strip()) <= MAX_PROVIDER_ID and value.strip().isprintable()):
                raise ValidationError(name, "must be an id")
            # As the fact itself is read.
            yield ProviderId(value.strip())


def _shown(event: Mapping[str, Any], detail: Mapping[str, Any]) -> dict[str, str]:
    given = {"type": event.get("detail-type"), "source": event.get("source"), "fact_id": detail.get("fact_id")}
    return {name: value for name, value in given.items() if isinstance(value, str) and _SHOWN[name].fullmatch(value)}


def _source(event: Mapping[str, Any]) -> dict[str, str]:
    """The source with what it may say. One that is no source's name may be a person's, and may say nothing."""
    source = event.get("source")
    if source is None:
        return {}
    is_name = isinstance(source, str) and _SHOWN["source"].fullmatch(source)
    return {"source": source if is_name else "partner"}


def _instant(text: object) -> datetime | None:
    with suppress(ValueError, OverflowError):
        if isinstance(text, str):
            return datetime.fromisoformat(text).astimezone(UTC)
    return None
