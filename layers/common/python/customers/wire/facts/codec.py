"""Reads facts as they arrive on the bus: EventBridge events whose detail-type is the fact's type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field
from pydantic import ValidationError as SchemaError

from customers.domain.enterprise import Settings
from customers.domain.facts import fact
from customers.domain.facts.entry_codec import payload_of
from customers.domain.facts.fact_types import FACT_TYPES
from customers.domain.refusals import CannotApply, NotYet
from customers.wire.facts.fields import Model
from customers.wire.facts.types import FACTS, CustomerDetail, EnterpriseDetail

MAX_CLOCK_SKEW = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Event(Model):
    """What EventBridge puts around a detail."""

    type: str = Field(alias="detail-type")
    detail: dict[str, Any]


class Incoming:
    """A fact about a customer that has been read and is well formed. `fact` makes it the domain's."""

    def __init__(self, kind: str, detail: CustomerDetail) -> None:
        self._kind = kind
        self._detail = detail

    @property
    def enterprise(self) -> str:
        return self._detail.enterprise_id

    def fact(self, settings: Settings | None) -> fact.CustomerFact:
        """Raises `ValidationError` if the phone cannot be one, `NotYet` if the enterprise is not configured yet."""
        detail = self._detail
        if settings is None:
            raise NotYet("enterprise_id", "this enterprise has not been configured yet")
        return fact.CustomerFact(
            enterprise=detail.enterprise_id,
            books=settings.currency,
            order=detail.order(),
            type=self._kind,
            about=detail.customer.address(settings.home_region),
            payload=payload_of(self._kind, {name: getattr(detail, name) for name in FACT_TYPES[self._kind].fields}),
        )


def read_fact(body: str, now: datetime) -> fact.EnterpriseFact | Incoming:
    """Read one message of the fact queue. Raises `CannotApply` with the field to mend and no value in it."""
    try:
        event = _Event.model_validate_json(body)
        model = FACTS.get(event.type)
        if model is None:
            raise CannotApply("detail-type", f"is not one of {', '.join(FACTS)}")
        detail = model.model_validate(event.detail)
    except SchemaError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise CannotApply(_field(first["loc"]), first["msg"]) from None
    if not EPOCH <= detail.occurred_at <= now + MAX_CLOCK_SKEW:
        raise CannotApply("occurred_at", "lies before 1970 or in the future")
    if isinstance(detail, EnterpriseDetail):
        return fact.EnterpriseFact(detail.enterprise_id, detail.order(), event.type, detail.payload())
    return Incoming(event.type, detail)


def _field(location: tuple[int | str, ...]) -> str:
    """The field to mend. What lies inside a flat object is the sender's own naming, and may be personal."""
    depth = 2 if location[:1] in (("customer",), ("badge",)) else 1
    return ".".join(map(str, location[:depth])) or "body"


def fact_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of every fact's detail, by type."""
    return {kind: model.model_json_schema() for kind, model in FACTS.items()}
