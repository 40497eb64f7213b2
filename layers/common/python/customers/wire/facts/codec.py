"""Facts as they arrive on the bus: EventBridge events whose detail-type is the fact's type."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field
from pydantic import ValidationError as SchemaError

from customers.domain.enterprise import Settings
from customers.domain.facts import fact
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import CannotApply, NotYet
from customers.wire.facts.fields import Model
from customers.wire.facts.types import FACTS, CustomerDetail, EnterpriseDetail, FactDetail

MAX_CLOCK_SKEW = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEFT_OUT = {
    "fact_id": "-",
    "enterprise_id": "-",
    "occurred_at": "1970-01-01T00:00:00Z",
    "customer": {"customer_id": "-"},
}
"""What a ledger entry's detail does not repeat: its key has it."""


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
        """Raises `ValidationError` where the phone cannot be one, `NotYet` where the enterprise is not configured yet."""
        detail = self._detail
        if settings is None:
            raise NotYet("enterprise_id", "this enterprise has not been configured yet")
        return fact.CustomerFact(
            enterprise=detail.enterprise_id,
            books=settings.currency,
            order=detail.order(),
            type=self._kind,
            about=detail.customer.address(settings.home_region),
            payload=detail.payload(),
            detail=detail.model_dump_json(exclude={"customer", *FactDetail.model_fields}, exclude_none=True),
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


def read_entry(kind: str, detail: str) -> fact.CustomerPayload:
    """What a ledger entry says: the inverse of `Incoming.fact`'s `detail`, and what this bundle says itself."""
    said = json.loads(detail)
    match kind:
        case "customer.corrected":
            phone = said.get("phone")
            return fact.Corrected(said.get("name"), Phone(phone) if phone else None)
        case "customer.merged":
            return fact.Merged(said["absorbed_customer_id"])
    model = FACTS[kind]
    said |= _LEFT_OUT
    read = model.model_validate(said)
    assert isinstance(read, CustomerDetail)  # noqa: S101 - the ledger holds no others
    return read.payload()


def _field(location: tuple[int | str, ...]) -> str:
    """The field to mend. What lies inside a flat object is the sender's own naming, and may be personal."""
    depth = 2 if location[:1] in (("customer",), ("badge",)) else 1
    return ".".join(map(str, location[:depth])) or "body"


def fact_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of every fact's detail, by type."""
    return {kind: model.model_json_schema() for kind, model in FACTS.items()}
