"""The activity log: the query and the answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from customers.domain.activity_log import ActivityEntry, ActivityPage, Outcome
from customers.domain.enterprise import Settings
from customers.domain.instants import show_instant
from customers.domain.refusals import ValidationError
from customers.wire.http.paging import CURSOR, limit_of, read_limit
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, TypedDict
from customers.wire.identifiers.paths import ID_IN_PATH

By = Literal["customer_id", "subject", "operation"]
_SHAPES: dict[By, re.Pattern[str]] = {
    "customer_id": re.compile(ID_IN_PATH.schema["pattern"], re.ASCII),
    "subject": re.compile(r"[!-\"$-~]{1,255}"),
    "operation": re.compile(r"[a-z_]{1,40}"),
}

ACTIVITY_PARAMETERS = (
    Parameter(
        "customer_id",
        "Only requests about this customer.",
        schema=ID_IN_PATH.schema,
        example=ID_IN_PATH.example,
    ),
    Parameter(
        "subject",
        "Only requests of this person, by the `sub` of their tokens. Pass at most one of the three.",
        schema={"type": "string", "minLength": 1, "maxLength": 255},
    ),
    Parameter(
        "operation",
        "Only requests to this operation, by its name in `GET /capabilities`.",
        schema={"type": "string", "pattern": _SHAPES["operation"].pattern},
    ),
    limit_of("Entries"),
    CURSOR,
)


@dataclass(frozen=True, slots=True)
class ActivityQuery:
    """The filter (None for the whole enterprise) and the page."""

    by: tuple[By, str] | None
    limit: int
    cursor: str | None = field(repr=False)

    @property
    def bound(self) -> str:
        """A cursor is valid for one `bound`."""
        return "=".join(self.by) if self.by else ""

    @staticmethod
    def read(request: Request, _settings: Settings) -> ActivityQuery:
        """Raises `ValidationError` naming the parameter to mend."""
        given = {name: request.one(name) for name in _SHAPES}
        named: list[tuple[By, str]] = [(name, value) for name, value in given.items() if value is not None]
        if len(named) > 1:
            raise ValidationError(named[1][0], f"was sent together with {named[0][0]}; pass one of the two")
        for name, value in named:
            if not _SHAPES[name].fullmatch(value):
                raise ValidationError(name, "does not have the form of such a value")
        return ActivityQuery(next(iter(named), None), read_limit(request.one("limit")), request.one("cursor"))


class ActivityEntryData(TypedDict):
    activity_id: str
    at: Instant
    """When the request arrived; for polls, the first one."""
    last_at: Instant
    """The same; for polls, the last one."""
    count: int
    """The number of requests: more than 1 for polls of one running export."""
    operation: str
    """The operation's name in `GET /capabilities`."""
    outcome: Outcome
    """`done`; `unchanged`: a preview, or nothing to do; `pending`: accepted, and not finished yet; `replayed`: the
    stored answer to an earlier request; `refused`; `failed`: a fault on our side."""
    status: int
    """The HTTP status of the answer."""
    issuer: str
    """The issuer of the caller's token. Issuer and subject together identify the caller."""
    subject: str
    jti: str
    """The id of the token."""
    request_id: str
    customer_id: str | None
    """The customer that the request named, even one that does not exist."""
    absorbed_customer_id: str | None
    """For a merge, the absorbed customer."""
    other_customer_id: str | None
    """For two customers who are not the same person, the one who is not in the path."""
    erasure_id: str | None
    export_id: str | None
    reason: str | None
    """The request's `Audit-Reason`. It is erased with the customer."""


class ActivityLogData(TypedDict):
    entries: list[ActivityEntryData]
    """Newest first."""
    next_cursor: str | None
    """The cursor of the next page; null on the last page."""
    fetched_at: Instant


def activity_data(page: ActivityPage, next_cursor: str | None, now: datetime) -> ActivityLogData:
    """The answer."""
    return {
        "entries": [_entry(each) for each in page.entries],
        "next_cursor": next_cursor,
        "fetched_at": show_instant(now),
    }


def _entry(entry: ActivityEntry) -> ActivityEntryData:
    return {
        "activity_id": entry.id,
        "at": show_instant(entry.at),
        "last_at": show_instant(entry.last_at or entry.at),
        "count": entry.count,
        "operation": entry.operation,
        "outcome": entry.outcome,
        "status": entry.status,
        "issuer": entry.issuer,
        "subject": entry.subject,
        "jti": entry.jti,
        "request_id": entry.request_id,
        "customer_id": entry.ids.get("customer_id"),
        "absorbed_customer_id": entry.ids.get("absorbed_customer_id"),
        "other_customer_id": entry.ids.get("other_customer_id"),
        "erasure_id": entry.ids.get("erasure_id"),
        "export_id": entry.ids.get("export_id"),
        "reason": entry.reason,
    }


ACTIVITY_EXAMPLE: ActivityLogData = {
    "entries": [
        {
            "activity_id": "act_1c0de5a7b9f24e3d8a6b7c8d9e0f1a2b",
            "at": "2026-06-05T09:10:00Z",
            "last_at": "2026-06-05T09:10:00Z",
            "count": 1,
            "operation": "export",
            "outcome": "done",
            "status": 200,
            "issuer": "https://people.example.com",
            "subject": "officer-7",
            "jti": "0b54a3f8-6a0c-4f0e-9d7c-7a1a2f9d9c11",
            "request_id": "77824599-69f1-4443-b7af-9a342bb5af0f",
            "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
            "absorbed_customer_id": None,
            "other_customer_id": None,
            "erasure_id": None,
            "export_id": "exp_2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e",
            "reason": "ticket 4711",
        }
    ],
    "next_cursor": "b1Yk0o3Q2yqHc8zY5t7uX0m4r6Jw9sVd1Lg2Ez8pTn5Kf3Aa",
    "fetched_at": "2026-06-05T09:12:00Z",
}
