"""Stats: the days and the branch of the query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from customers.domain.enterprise import Settings
from customers.domain.refusals import ValidationError
from customers.domain.stats.enterprise_totals import Period
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request

MAX_DAYS = 366
USUAL_DAYS = 30
FIRST_DAY = date(1970, 1, 1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BRANCH = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_DAY_SCHEMA = {"type": "string", "format": "date"}

STATS_PARAMETERS = (
    Parameter(
        "from",
        f"The first day, in the enterprise's time zone; not before {FIRST_DAY}. "
        f"Default: {USUAL_DAYS - 1} days before `to`.",
        schema=_DAY_SCHEMA,
        example="2026-06-04",
    ),
    Parameter(
        "to",
        "The last day, in the enterprise's time zone, included. Default: today. "
        f"A request covers at most {MAX_DAYS} days.",
        schema=_DAY_SCHEMA,
        example="2026-06-05",
    ),
    Parameter(
        "branch_id",
        "Only what happened at this branch. Figures that we do not count by branch are then null. "
        "An unknown branch, or one where nothing has happened, has zeros.",
        schema={"type": "string", "pattern": f"^{_BRANCH.pattern}$"},
        example="22222222-2222-2222-2222-222222222222",
    ),
)


@dataclass(frozen=True, slots=True)
class StatsQuery:
    """The days that the caller named, and the branch."""

    first: date | None
    last: date | None
    branch_id: str | None

    @staticmethod
    def read(request: Request, _settings: Settings) -> StatsQuery:
        """Raises `ValidationError` naming the parameter to mend."""
        first, last = (_date(name, request.one(name)) for name in ("from", "to"))
        branch = request.one("branch_id")
        if branch is not None and not _BRANCH.fullmatch(branch):
            raise ValidationError("branch_id", "must be a branch id")
        return StatsQuery(first, last, branch)

    def period(self, today: date) -> Period:
        """The days of the period, with defaults. Raises `ValidationError`."""
        last = self.last or today
        first = self.first or max(FIRST_DAY, last - timedelta(days=USUAL_DAYS - 1))
        if first > last:
            raise ValidationError("from", "must not be after `to`, which is today by default")
        if len(period := Period(first, last)) > MAX_DAYS:
            raise ValidationError(
                "from", f"must be at most {MAX_DAYS} days before the end of `to`, which is today by default"
            )
        return period


def _date(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    if not _DATE.fullmatch(text):
        raise ValidationError(name, "must be a date, e.g. 2026-06-05")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValidationError(name, "is not a valid date") from None
    if day < FIRST_DAY:
        raise ValidationError(name, f"must not be before {FIRST_DAY}")
    return day
