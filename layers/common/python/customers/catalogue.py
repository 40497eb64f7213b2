"""Every operation, once. Handlers, `/capabilities`, `/openapi`, `docs/operations.md` and the contract tests read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from customers.domain.enterprise import Settings
from customers.wire.badge_reason import BADGE_EXAMPLE, BadgeAnswer
from customers.wire.context import CONTEXT_PARAMETERS, ContextData, ContextQuery
from customers.wire.events import EVENT_BODY_EXAMPLE, EVENT_EXAMPLE, EventBody, EventData, EventRequest
from customers.wire.examples import CONTEXT_EXAMPLE, LOOKUP_EXAMPLE, SEARCH_BODY_EXAMPLE, SEARCH_EXAMPLE, STATS_EXAMPLE
from customers.wire.folded_identify import FOLDED, FOLDED_HEADERS, FoldedData, read_nothing
from customers.wire.front import CapabilitiesData
from customers.wire.lookup import LOOKUP_PARAMETERS, LookupData, LookupQuery
from customers.wire.once import IDEMPOTENCY_KEY
from customers.wire.parameters import Parameter
from customers.wire.paths import PHONE_IN_PATH, ByPhone
from customers.wire.preferences import PREFERENCES_EXAMPLE, PreferencesData
from customers.wire.request import Request
from customers.wire.search import SearchBody, SearchData, SearchQuery
from customers.wire.stats import STATS_PARAMETERS, StatsData, StatsQuery
from customers.wire.summary import SUMMARY_HEADERS, SUMMARY_PARAMETERS, SummaryQuery

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
    `example` is a whole `data`, of a customer of `example_completeness`. `headers` says what each header of the answer
    means; one with an `ETag` can be revalidated. `also` says when an answer has another status than `status`. With
    `IDEMPOTENCY_KEY` among its parameters it writes: once, however often it is sent.
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
    body_example: Mapping[str, Any] | None = None
    answer: Any = None
    example: Mapping[str, Any] | None = None
    example_completeness: int | None = None
    status: int = 200
    also: Mapping[int, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    enveloped: bool = True
    budget: int = 0

    @property
    def writes(self) -> bool:
        return IDEMPOTENCY_KEY in self.parameters


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
    example=LOOKUP_EXAMPLE,
    example_completeness=80,
    budget=1,
)
FOLDED_IDENTIFY = Operation(
    "folded_identify",
    "POST",
    "/customers/identify",
    "folded",
    TERMINAL,
    "Redirects (308) to /v1/partner/identify.",
    door="identity.folded_identify",
    read=read_nothing,
    answer=FoldedData,
    example=FOLDED,
    status=308,
    headers=FOLDED_HEADERS,
)
PREFERENCES = Operation(
    "preferences",
    "GET",
    "/customers/{phone}/preferences",
    "planned",
    ANYONE_SIGNED_IN,
    "Read stored preferences.",
    door="lookup.preferences",
    read=ByPhone.read,
    parameters=(PHONE_IN_PATH,),
    answer=PreferencesData,
    example=PREFERENCES_EXAMPLE,
    example_completeness=100,
    budget=1,
)
SUMMARY_CACHED = Operation(
    "summary_cached",
    "GET",
    "/customers/{phone}/summary-cached",
    "planned",
    ANYONE_SIGNED_IN,
    "Lookup's answer, a few seconds old at most, cheap to revalidate.",
    door="lookup.summary_cached",
    read=SummaryQuery.read,
    parameters=SUMMARY_PARAMETERS,
    answer=LookupData,
    example=LOOKUP_EXAMPLE,
    example_completeness=80,
    headers=SUMMARY_HEADERS,
    budget=1,
)
SEARCH = Operation(
    "search",
    "POST",
    "/customers/search",
    "planned",
    ADMIN,
    "Find customers by name or number. A page may be short or empty and have others behind it: see `next_cursor`.",
    "customer:SEARCH",
    door="lookup.search",
    read=SearchQuery.read,
    body=SearchBody,
    body_example=SEARCH_BODY_EXAMPLE,
    answer=SearchData,
    example=SEARCH_EXAMPLE,
    budget=2,
)
STATS = Operation(
    "stats",
    "GET",
    "/customers/stats",
    "planned",
    ADMIN,
    "Figures for a dashboard: the customers as they are, and what happened from day to day.",
    "customer:STATS",
    door="lookup.stats",
    read=StatsQuery.read,
    parameters=STATS_PARAMETERS,
    answer=StatsData,
    example=STATS_EXAMPLE,
    budget=3,
)
BADGE_REASON = Operation(
    "badge_reason",
    "GET",
    "/customers/{phone}/badge-reason",
    "planned",
    ANYONE_SIGNED_IN,
    "Why the badge is what it is, and the gap to the next.",
    door="lookup.badge_reason",
    read=ByPhone.read,
    parameters=(PHONE_IN_PATH,),
    answer=BadgeAnswer,
    example=BADGE_EXAMPLE,
    example_completeness=80,
    budget=1,
)
RECORD_EVENT = Operation(
    "record_event",
    "POST",
    "/customers/{phone}/events",
    "planned",
    TERMINAL,
    "Record what a customer did that is no purchase: it joins the history, and other domains are told of it.",
    door="events.record_event",
    read=EventRequest.read,
    parameters=(PHONE_IN_PATH, IDEMPOTENCY_KEY),
    body=EventBody,
    body_example=EVENT_BODY_EXAMPLE,
    answer=EventData,
    example=EVENT_EXAMPLE,
    example_completeness=80,
    status=201,
    also={200: "Nobody is known here by this phone: `not_found`, and nothing is recorded."},
    budget=3,
)
CONTEXT = Operation(
    "context",
    "GET",
    "/customers/{id}/context",
    "planned",
    ADMIN,
    "Everything the decisioning side needs: the customer, and the history page by page, newest first.",
    "customer:CONTEXT",
    door="lookup.context",
    read=ContextQuery.read,
    parameters=CONTEXT_PARAMETERS,
    answer=ContextData,
    example=CONTEXT_EXAMPLE,
    example_completeness=100,
    budget=4,
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
    FOLDED_IDENTIFY,
    PREFERENCES,
    SUMMARY_CACHED,
    SEARCH,
    STATS,
    BADGE_REASON,
    RECORD_EVENT,
    CONTEXT,
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
