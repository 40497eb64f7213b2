"""The kinds of values in facts, with their limits."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from customers.domain.customers.names import MAX_NAME, is_one_line
from customers.domain.customers.profile import Flat
from customers.domain.instants import parse_instant
from customers.domain.refusals import ValidationError
from customers.wire.identifiers.address import MAX_PROVIDER_ID

MAX_FLAT_BYTES = 4096
"""The size limit of preferences and of consent, as JSON."""


class Model(BaseModel):
    """Strict about types: no text for a number, no number for text. Ignores unknown fields."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


def _read_instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("must be RFC 3339 text with a time zone")
    try:
        return parse_instant(value, "")
    except ValidationError as refusal:
        raise ValueError(refusal.issue) from None


def _small(value: Flat) -> Flat:
    if len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) > MAX_FLAT_BYTES:
        raise ValueError(f"must be at most {MAX_FLAT_BYTES} bytes of JSON")
    return value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be printable text")
    return value


def _one_line(value: str) -> str:
    if not is_one_line(value):
        raise ValueError("must be one line of text")
    return value


Instant = Annotated[datetime, BeforeValidator(_read_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
FactId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
PurchaseId = Annotated[
    FactId,
    Field(description="The purchase. Facts about one customer with the same id are one purchase: the latest counts."),
]
RefundId = Annotated[
    FactId,
    Field(description="The refund. Facts about one customer with the same id are one refund: the latest counts."),
]
GrantId = Annotated[
    FactId,
    Field(description="The grant. Facts about one customer with the same id are one grant: the latest counts."),
]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME), AfterValidator(_one_line)
]
ProviderCustomerId = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_PROVIDER_ID), AfterValidator(_printable)
]
MerchantId = Annotated[Id, Field(description="The merchant that the branch belongs to.")]
BranchId = Annotated[Id, Field(description="The branch.")]
Minor = Annotated[int, Field(ge=0, le=10**15, description="Minor units of the currency.")]
Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217. It must be the enterprise's currency.")
]
FlatObject = Annotated[
    Flat,
    AfterValidator(_small),
    Field(description=f"A flat object of text, numbers, true, false and null; at most {MAX_FLAT_BYTES} bytes of JSON."),
]
