"""Every operation, once. Handlers, `/capabilities`, `/openapi`, `docs/operations.md` and the contract tests read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from customers.domain.enterprise import Settings
from customers.wire.front import CapabilitiesData
from customers.wire.lookup import LOOKUP_PARAMETERS, LookupData, LookupQuery
from customers.wire.parameters import Parameter
from customers.wire.request import Request

Q = TypeVar("Q")
Method = Literal["GET", "POST", "PATCH", "DELETE"]
Availability = Literal["beta", "planned", "preview", "folded"]
Caller = Literal["pos-terminal", "enterprise-admin"]

TERMINAL: tuple[Caller, ...] = ("pos-terminal",)
ADMIN: tuple[Caller, ...] = ("enterprise-admin",)
ANYONE_SIGNED_IN: tuple[Caller, ...] = (*TERMINAL, *ADMIN)
PUBLIC: tuple[Caller, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation(Generic[Q]):
    """One operation. `path` is as published, below `/v1/partner`; `budget` is in DynamoDB requests.

    Without a `door` (module and function under `functions/`) it is declared and not built: mounted nowhere.
    """

    name: str
    method: Method
    path: str
    availability: Availability
    callers: tuple[Caller, ...]
    summary: str
    permission: str | None = None
    door: str | None = None
    read: Callable[[Request, Settings], Q] | None = None
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    answer: Any = None
    enveloped: bool = True
    budget: int = 0


LOOKUP = Operation(
    "lookup",
    "GET",
    "/customers/lookup",
    "beta",
    ANYONE_SIGNED_IN,
    "Tell who is standing at the counter. A stranger is a 200 with status not_found.",
    door="lookup.lookup",
    read=LookupQuery.read,
    parameters=LOOKUP_PARAMETERS,
    answer=LookupData,
    budget=1,
)
CAPABILITIES: Operation[None] = Operation(
    "capabilities",
    "GET",
    "/capabilities",
    "beta",
    PUBLIC,
    "List the operations and whether this environment mounts them, the facts it takes, limits and retention.",
    door="front.capabilities",
    answer=CapabilitiesData,
)
OPENAPI: Operation[None] = Operation(
    "openapi",
    "GET",
    "/openapi",
    "beta",
    PUBLIC,
    "This environment's OpenAPI 3.1 document, bare.",
    door="front.openapi",
    answer=dict,
    enveloped=False,
)

OPERATIONS: tuple[Operation[Any], ...] = (
    LOOKUP,
    Operation(
        "folded_identify", "POST", "/customers/identify", "folded", TERMINAL, "Redirects (308) to /v1/partner/identify."
    ),
    Operation(
        "preferences", "GET", "/customers/{phone}/preferences", "planned", ANYONE_SIGNED_IN, "Read stored preferences."
    ),
    Operation(
        "summary_cached",
        "GET",
        "/customers/{phone}/summary-cached",
        "planned",
        ANYONE_SIGNED_IN,
        "Lookup's answer, a few seconds old at most, cheap to revalidate.",
    ),
    Operation(
        "search", "POST", "/customers/search", "planned", ADMIN, "Find customers by name or number.", "customer:SEARCH"
    ),
    Operation("stats", "GET", "/customers/stats", "planned", ADMIN, "Figures for a dashboard.", "customer:STATS"),
    Operation(
        "badge_reason",
        "GET",
        "/customers/{phone}/badge-reason",
        "planned",
        ANYONE_SIGNED_IN,
        "Why the badge is what it is, and the gap to the next.",
    ),
    Operation("record_event", "POST", "/customers/{phone}/events", "planned", TERMINAL, "Log what is not a purchase."),
    Operation(
        "context",
        "GET",
        "/customers/{id}/context",
        "planned",
        ADMIN,
        "Everything the decisioning side needs.",
        "customer:CONTEXT",
    ),
    Operation(
        "export", "GET", "/customers/{id}/export", "preview", ADMIN, "Everything held, as a file.", "customer:EXPORT"
    ),
    Operation("erase", "DELETE", "/customers/{id}", "preview", ADMIN, "Erase, state-aware.", "customer:DELETE"),
    Operation("correct", "PATCH", "/customers/{id}", "planned", ADMIN, "Correct name or phone.", "customer:UPDATE"),
    Operation(
        "merge", "POST", "/customers/{id}/merge", "planned", ADMIN, "Merge a genuine duplicate.", "customer:MERGE"
    ),
    Operation("identify", "POST", "/identify", "planned", TERMINAL, "Tell who it is, without a session."),
    Operation("open_session", "POST", "/checkout/sessions", "planned", TERMINAL, "Open a checkout session."),
    Operation(
        "identify_session",
        "POST",
        "/checkout/sessions/{id}/identify",
        "planned",
        TERMINAL,
        "Attach an identity to an open session.",
    ),
    Operation("read_session", "GET", "/checkout/sessions/{id}", "planned", TERMINAL, "Read a session."),
    Operation(
        "show_verification",
        "GET",
        "/verifications/{token}",
        "planned",
        PUBLIC,
        "A page to confirm on; changes nothing.",
    ),
    Operation("verify", "POST", "/verifications/{token}", "planned", PUBLIC, "Verify a phone; single use."),
    CAPABILITIES,
    OPENAPI,
)
