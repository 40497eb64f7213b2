"""Facts as they arrive on the bus: EventBridge events whose detail-type is the fact's type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, ValidationError

from customers.domain import facts
from customers.domain.enterprise import Settings
from customers.domain.refusals import CannotApply, MustWait
from customers.wire.fact_types import FACTS, CustomerDetail, EnterpriseDetail, FactDetail
from customers.wire.fields import Model

MAX_CLOCK_SKEW = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Event(Model):
    """What EventBridge puts around a detail."""

    type: str = Field(alias="detail-type")
    detail: dict[str, Any]


class Incoming:
    """A fact that has been read and is well formed. `fact` makes it the domain's, once the enterprise is known."""

    def __init__(self, kind: str, detail: EnterpriseDetail | CustomerDetail) -> None:
        self._kind = kind
        self._detail = detail

    @property
    def enterprise(self) -> str:
        return self._detail.enterprise_id

    def fact(self, settings: Settings | None) -> facts.Fact:
        """Raises `Invalid` where the phone cannot be one, `MustWait` where the enterprise is not configured yet."""
        detail = self._detail
        stamp = facts.Stamp(detail.occurred_at, detail.fact_id)
        if isinstance(detail, EnterpriseDetail):
            return facts.EnterpriseFact(detail.enterprise_id, stamp, self._kind, detail.news())
        if settings is None:
            raise MustWait("enterprise_id", "this enterprise has not been configured yet")
        return facts.CustomerFact(
            enterprise=detail.enterprise_id,
            books=settings.currency,
            stamp=stamp,
            type=self._kind,
            about=detail.customer.address(settings.home_region),
            news=detail.news(),
            detail=detail.model_dump_json(exclude={"customer", *FactDetail.model_fields}, exclude_none=True),
        )


def read_fact(body: str, now: datetime) -> Incoming:
    """Read one message of the fact queue. Raises `CannotApply` with the field to mend and no value in it."""
    try:
        event = _Event.model_validate_json(body)
        model = FACTS.get(event.type)
        if model is None:
            raise CannotApply("detail-type", f"is not one of {', '.join(FACTS)}")
        detail = model.model_validate(event.detail)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise CannotApply(_field(first["loc"]), first["msg"]) from None
    if not EPOCH <= detail.occurred_at <= now + MAX_CLOCK_SKEW:
        raise CannotApply("occurred_at", "lies before 1970 or in the future")
    return Incoming(event.type, detail)


def _field(location: tuple[int | str, ...]) -> str:
    """The field to mend. What lies inside a flat object is the sender's own naming, and may be personal."""
    depth = 2 if location[:1] in (("customer",), ("badge",)) else 1
    return ".".join(map(str, location[:depth])) or "body"


def fact_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of every fact's detail, by type."""
    return {kind: model.model_json_schema() for kind, model in FACTS.items()}
