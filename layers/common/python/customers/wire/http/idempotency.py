"""The idempotency key: a caller's name for a request, so that a retry is safe."""

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
    "A new key for each new request, in visible ASCII; a retry sends the same key. "
    "A request with a known key changes nothing and gets the first answer again. It must be the same request, but the "
    "order of keys, escapes, and `1` or `1.0` make no difference.",
    where="header",
    required=True,
    schema={"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$"},
    example="0d9b1d5c-6f0e-4c1e-9a51-6d6a0d2f4b1e",
)


def read_key(request: Request) -> str:
    """Raises `ValidationError`."""
    # Some clients and proxies send one key twice.
    sent = set(request.every(_HEADER))
    if len(sent) > 1:
        raise ValidationError(_HEADER, "was sent more than once; send it once")
    key = next(iter(sent), "")
    if not _KEY.fullmatch(key):
        raise ValidationError(_HEADER, f"must be 1 to {MAX_KEY} visible ASCII characters")
    return key
