"""The customer that a path names, by phone or customer id. The gateway calls both `customer`."""

from __future__ import annotations

import re

from customers.domain.customers.status import UNKNOWN_ID
from customers.domain.enterprise import Settings
from customers.domain.identifiers.phone import MAX_TYPED, Phone, normalise
from customers.domain.lean_dataclass import dataclass
from customers.domain.refusals import NotFound
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request

_ID = re.compile(r"usr_[0-9A-Za-z]{1,60}", re.ASCII)
ERASURE_SHAPE = re.compile(r"era_[0-9a-f]{32}", re.ASCII)

PHONE_IN_PATH = Parameter(
    "phone",
    "The customer's phone, in E.164 or as people type it. Percent-encode it.",
    where="path",
    required=True,
    schema={"type": "string", "minLength": 1, "maxLength": MAX_TYPED},
    example="+97433001122",
)
ID_IN_PATH = Parameter(
    "id",
    "The id that this system gave the customer.",
    where="path",
    required=True,
    schema={"type": "string", "pattern": f"^{_ID.pattern}$"},
    example="usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
)
ERASURE_IN_PATH = Parameter(
    "id",
    "The id that `DELETE /customers/{id}` answered with.",
    where="path",
    required=True,
    schema={"type": "string", "pattern": f"^{ERASURE_SHAPE.pattern}$"},
    example="era_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
)


@dataclass(frozen=True, slots=True)
class ByPhone:
    """A request that only names a phone."""

    phone: Phone

    @staticmethod
    def read(request: Request, settings: Settings) -> ByPhone:
        """Raises `ValidationError`."""
        return ByPhone(read_phone(request, settings))


def read_phone(request: Request, settings: Settings) -> Phone:
    """The path's phone, normalised. Raises `ValidationError`."""
    return normalise(request.variable("customer"), settings.home_region)


def ids_in_path(request: Request) -> dict[str, str]:
    """The customer and erasure ids in the path. They need not exist."""
    kinds = {"customer_id": _ID, "erasure_id": ERASURE_SHAPE}
    values = [request.variable(name) for name in request.variables or ()]
    return {kind: value for kind, shape in kinds.items() for value in values if shape.fullmatch(value)}


def read_id(request: Request) -> str:
    """The path's id. An impossible id is refused like an unknown one: raises `NotFound`."""
    customer_id = request.variable("customer")
    if not _ID.fullmatch(customer_id):
        raise NotFound("id", UNKNOWN_ID)
    return customer_id
