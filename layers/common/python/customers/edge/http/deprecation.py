"""The headers that announce the end of an operation. Only a deprecated operation imports this."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

from customers.catalogue.operation import Deprecation


def deprecation_headers(deprecated: Deprecation) -> dict[str, str]:
    """`Deprecation` (RFC 9745) since when, and `Sunset` (RFC 8594) until when it answers."""
    since = datetime.combine(deprecated.since, datetime.min.time(), UTC)
    sunset = datetime.combine(deprecated.sunset, datetime.min.time(), UTC)
    return {"Deprecation": f"@{int(since.timestamp())}", "Sunset": format_datetime(sunset, usegmt=True)}
