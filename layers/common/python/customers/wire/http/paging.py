"""The parameters of a page of a list."""

from __future__ import annotations

import re

from customers.domain.refusals import ValidationError
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request

MAX_LIMIT = 50
DEFAULT_LIMIT = 20
_LIMIT = re.compile(r"[1-9]\d?", re.ASCII)

LIMIT = Parameter(
    "limit",
    f"Entries per page; the default is {DEFAULT_LIMIT}.",
    schema={"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    example="20",
)
CURSOR = Parameter(
    "cursor",
    "The `next_cursor` of the previous page. The query must be the same as there; the limit may differ.",
)


def read_limit(request: Request) -> int:
    """Raises `ValidationError`."""
    text = request.one("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not _LIMIT.fullmatch(text) or int(text) > MAX_LIMIT:
        raise ValidationError("limit", f"must be a number from 1 to {MAX_LIMIT}")
    return int(text)
