"""Reads the messages of the fact queue: EventBridge events whose detail-type is the type of the fact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field
from pydantic import ValidationError as SchemaError

from customers.domain.facts import fact
from customers.domain.refusals import CannotApply
from customers.wire.facts.fields import Model
from customers.wire.facts.incoming import Incoming
from customers.wire.facts.sources import MaySpeak, anyone
from customers.wire.facts.types import FACTS, EnterpriseDetail

MAX_CLOCK_SKEW = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Event(Model):
    """The EventBridge event around a detail."""

    type: str = Field(alias="detail-type")
    source: str | None = None
    detail: dict[str, Any]


def read_fact(body: str, received_at: datetime, may_speak: MaySpeak = anyone) -> fact.EnterpriseFact | Incoming:
    """Read one message of the fact queue, which first received it at an instant.

    Raises `CannotApply` with the field to mend and no value in it.
    """
    try:
        event = _Event.model_validate_json(body)
        model = FACTS.get(event.type)
        if model is None:
            raise CannotApply("detail-type", f"is not one of {', '.join(FACTS)}")
        detail = model.model_validate(event.detail)
    except SchemaError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise CannotApply(_field(first["loc"]), first["msg"].removeprefix("Value error, ")) from None
    if not may_speak(event.source, detail.enterprise_id):
        raise CannotApply("source", "may not speak for this enterprise")
    if not EPOCH <= detail.occurred_at <= received_at + MAX_CLOCK_SKEW:
        raise CannotApply("occurred_at", "is before 1970 or in the future")
    if isinstance(detail, EnterpriseDetail):
        return fact.EnterpriseFact(detail.enterprise_id, detail.order(), event.type, detail.payload())
    return Incoming(event.type, detail.enterprise_id, detail, received_at)


def _field(location: tuple[int | str, ...]) -> str:
    """The field to mend. Names inside a flat object are the sender's own, and may be personal."""
    depth = 2 if location[:1] in (("customer",), ("badge",)) else 1
    return ".".join(map(str, location[:depth])) or "body"


def fact_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of every fact's detail, by type."""
    return {kind: model.model_json_schema() for kind, model in FACTS.items()}
