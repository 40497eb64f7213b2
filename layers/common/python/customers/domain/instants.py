"""Instants: always aware and in UTC; RFC 3339 with `Z` on the wire."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from customers.domain.refusals import ValidationError

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def parse_instant(text: str, field: str) -> datetime:
    """Read RFC 3339 with any offset; finer than a microsecond is cut. Raises `ValidationError`."""
    if not _RFC3339.fullmatch(text):
        raise ValidationError(field, "must be RFC 3339 with a time zone, e.g. 2026-06-05T09:10:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError(field, "is not a valid date and time") from None


def show_instant(at: datetime) -> str:
    """Whole seconds, as every answer shows them: `2026-06-05T09:10:00Z`."""
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def sortable_instant(at: datetime) -> str:
    """Microseconds in a fixed width, so that text order is time order."""
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
