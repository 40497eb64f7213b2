"""The declaration of an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from customers.domain.enterprise import Settings
from customers.domain.lean_dataclass import dataclass
from customers.wire.http.audit_reason import AUDIT_REASON
from customers.wire.http.idempotency import IDEMPOTENCY_KEY
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request

Q = TypeVar("Q")
Method = Literal["GET", "POST", "PATCH", "DELETE"]
Availability = Literal["beta", "planned", "preview", "folded"]
Caller = Literal["pos-terminal", "enterprise-admin"]

TERMINAL: tuple[Caller, ...] = ("pos-terminal",)
ADMIN: tuple[Caller, ...] = ("enterprise-admin",)
ANYONE_SIGNED_IN: tuple[Caller, ...] = (*TERMINAL, *ADMIN)
PUBLIC: tuple[Caller, ...] = ()


@dataclass(frozen=True, slots=True)
class Deprecation:
    """An announced end (docs/versions.md). Days begin at midnight, UTC."""

    since: date
    """The day of the announcement."""
    sunset: date
    """The day from which it may answer no more, at least 180 days later."""
    instead: str
    """What to use from now on, in words."""


@dataclass(frozen=True, slots=True)
class Operation(Generic[Q]):
    """One operation. `path` is the published path below `/v1/partner`. `budget` is the number of DynamoDB requests, for
    a customer without a merge.

    An operation that only administrators may call leaves an entry in the activity log and takes `Audit-Reason`, unless
    it is not `logged`.

    `permission` is needed for the whole operation. The handler checks each of `further_permissions`, for a part of it.

    `handler` is the module below `functions/`; without one the operation is declared but not built, and mounted
    nowhere. `example` is a whole `data`, of a customer with `example_completeness`. `headers` describes the answer's
    headers; with an `ETag` the answer can be revalidated. `also` describes answers with another status than
    `status`. An answer with a status in `pages` is HTML for browsers, and for all callers if it is not `enveloped`.
    With `IDEMPOTENCY_KEY` among its parameters the operation writes, once for each key. A `lenient` operation ignores
    undeclared parameters: mail clients and trackers add some to links.
    """

    name: str
    method: Method
    path: str
    availability: Availability
    callers: tuple[Caller, ...]
    summary: str
    permission: str | None = None
    further_permissions: tuple[str, ...] = ()
    handler: str | None = None
    read: Callable[[Request, Settings], Q] | None = None
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    body_optional: bool = False
    body_example: Mapping[str, Any] | None = None
    answer: Any = None
    example: Mapping[str, Any] | None = None
    example_completeness: int | None = None
    status: int = 200
    also: Mapping[int, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    enveloped: bool = True
    pages: frozenset[int] = frozenset()
    lenient: bool = False
    logged: bool = True
    budget: int = 0
    deprecated: Deprecation | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "logged", self.logged and self.callers == ADMIN)
        if self.logged and AUDIT_REASON not in self.parameters:
            object.__setattr__(self, "parameters", (*self.parameters, AUDIT_REASON))

    @property
    def writes(self) -> bool:
        return IDEMPOTENCY_KEY in self.parameters
