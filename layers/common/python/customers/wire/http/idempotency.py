"""The idempotency key: what a caller names a request by, so that it can be sent again without harm."""

from __future__ import annotations

import re

from customers.domain.refusals import ValidationError
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request

MAX_KEY = 255
_HEADER = "Idempotency-Key"
_KEY = re.compile(rf"[!-~]{{1,{MAX_KEY}}}")

IDEMPOTENCY_KEY = Parameter(
    _HEADER,
    "Made anew by the caller for each thing to be done, and kept when the request is sent again: visible ASCII. "
    "A request with a known key does nothing and gets the answer of the first time. It must be the same request: the "
    "order of keys, escapes, and `1` or `1.0` make no difference.",
    where="header",
    required=True,
    schema={"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$"},
    example="0d9b1d5c-6f0e-4c1e-9a51-6d6a0d2f4b1e",
)


def read_key(request: Request) -> str:
    """Raises `ValidationError`."""
    # The same key twice is what some clients and proxies make of one.
    sent = set(request.every(_HEADER))
    if len(sent) > 1:
        raise ValidationError(_HEADER, "is given more than once; send it once")
    key = next(iter(sent), "")
    if not _KEY.fullmatch(key):
        raise ValidationError(_HEADER, f"must be 1 to {MAX_KEY} visible ASCII characters")
    return key
