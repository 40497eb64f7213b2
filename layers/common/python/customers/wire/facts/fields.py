"""The kinds of values in facts, with their limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from customers.domain.currencies import CURRENCIES
from customers.domain.customers.consent import require_purposes
from customers.domain.customers.names import MAX_NAME, UNSEEN, is_one_line, is_seen
from customers.domain.customers.profile import Flat
from customers.domain.instants import parse_instant
from customers.domain.refusals import ValidationError
from customers.domain.time_zones import known_zones
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


def _small(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) > MAX_FLAT_BYTES:
        raise ValueError(f"must be at most {MAX_FLAT_BYTES} bytes of JSON")
    return value


def _positive(value: dict[str, bool]) -> dict[str, bool]:
    try:
        require_purposes(value)
    except ValidationError as refusal:
        raise ValueError(refusal.issue) from None
    return value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be printable text")
    return value


def _narrow(value: str) -> str:
    # All ids of a customer are in the row that a lookup reads.
    if len(value.encode()) > MAX_PROVIDER_ID:
        raise ValueError(f"must be at most {MAX_PROVIDER_ID} bytes of UTF-8")
    return value


def _one_line(value: str) -> str:
    if not is_one_line(value):
        raise ValueError("must be one line of text")
    if not is_seen(value):
        raise ValueError(UNSEEN)
    return value


def _of_iso_4217(code: str) -> str:
    if code not in CURRENCIES:
        nearest = get_close_matches(code, sorted(CURRENCIES), n=1)
        raise ValueError("is not a currency of ISO 4217" + "".join(f"; did you mean {each}?" for each in nearest))
    return code


def _known_zone(name: str) -> str:
    if name not in known_zones():
        raise ValueError("is not a time zone of the IANA database, such as Asia/Qatar or UTC")
    return name


TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
Instant = Annotated[datetime, BeforeValidator(_read_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
FactId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
Source = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
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
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_PROVIDER_ID),
    AfterValidator(_printable),
    AfterValidator(_narrow),
]
MerchantId = Annotated[Id, Field(description="The merchant that the branch belongs to.")]
BranchId = Annotated[Id, Field(description="The branch.")]
Minor = Annotated[int, Field(ge=0, le=10**15, description="Minor units of the currency.")]
_CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Currency = Annotated[_CurrencyCode, Field(description="ISO 4217. It must be the enterprise's currency.")]
BooksCurrency = Annotated[
    _CurrencyCode,
    AfterValidator(_of_iso_4217),
    Field(
        description="A current currency of ISO 4217 that has minor units (no metals, no test codes). The enterprise's "
        "only currency. It never changes."
    ),
]
Consent = Annotated[
    dict[str, bool],
    AfterValidator(_small),
    AfterValidator(_positive),
    Field(
        description="By purpose: `true` if the customer allows it, `false` if they refused or withdrew it. A purpose "
        "names what is allowed. A purpose that is worded as a refusal (`do_not_…`, `no_…`, `…_opt_out`, "
        f"`unsubscribed…`) is invalid. At most {MAX_FLAT_BYTES} bytes of JSON."
    ),
]
FlatObject = Annotated[
    Flat,
    AfterValidator(_small),
    Field(description=f"A flat object of text, numbers, true, false and null; at most {MAX_FLAT_BYTES} bytes of JSON."),
]
