"""How a caller asks for a page: `limit` and `cursor`, the same for every operation that pages by query parameters."""

from __future__ import annotations

import re

from customers.domain.refusals import ValidationError
from customers.wire.http.parameters import Parameter

MAX_LIMIT = 50
DEFAULT_LIMIT = 20
_NUMBER = re.compile(r"[1-9]\d?", re.ASCII)

CURSOR = Parameter(
    "cursor",
    "The `next_cursor` of the previous page. The query must be the same as there; the limit may differ.",
)


def limit_of(what: str) -> Parameter:
    """The parameter `limit`; `what` a page has, in the plural."""
    return Parameter(
        "limit",
        f"{what} per page. Default: {DEFAULT_LIMIT}.",
        schema={"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        example=DEFAULT_LIMIT,
    )


def read_limit(text: str | None) -> int:
    """From 1 to `MAX_LIMIT`. Raises `ValidationError`."""
    if text is None:
        return DEFAULT_LIMIT
    if not _NUMBER.fullmatch(text) or int(text) > MAX_LIMIT:
        raise ValidationError("limit", f"must be a whole number from 1 to {MAX_LIMIT}")
    return int(text)
