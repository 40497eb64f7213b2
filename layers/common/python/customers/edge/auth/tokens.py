"""Verifies the signature of a bearer token and returns its payload."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from jwt import PyJWK, PyJWS
from jwt.exceptions import InvalidAlgorithmError, InvalidSignatureError, PyJWTError

from customers.edge.auth.jwks import ALGORITHMS, FindKey

MAX_LENGTH = 8 * 1024

_JWS = PyJWS(algorithms=ALGORITHMS)
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


class TokenRefused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The token gives no access. `reason` is a stable word for the log, without any content of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def signed_payload(token: str, find_key: FindKey) -> dict[str, Any]:
    """The payload of a token in compact form. Raises `TokenRefused`, and what `find_key` raises."""
    if len(token) > MAX_LENGTH:
        raise TokenRefused("too_long")
    compact = _COMPACT.fullmatch(token)
    if not compact:
        raise TokenRefused("malformed")
    key = _key(compact[1], find_key)
    try:
        # The key decides the algorithm; a header with another one is refused.
        return _object(_JWS.decode(token, key, algorithms=[key.algorithm_name]))
    except InvalidSignatureError:
        raise TokenRefused("signature") from None
    except InvalidAlgorithmError:
        raise TokenRefused("algorithm") from None
    except PyJWTError:
        raise TokenRefused("malformed") from None


def _key(header: str, find_key: FindKey) -> PyJWK:
    """The key of the token's header. Parsed here, because PyJWT would parse the whole token a second time."""
    try:
        fields = _object(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except ValueError:
        raise TokenRefused("malformed") from None
    # A header that fits no key never causes a fetch.
    if fields.get("alg") not in ALGORITHMS:
        raise TokenRefused("algorithm")
    kid = fields.get("kid")
    key = find_key(kid) if isinstance(kid, str) else None
    if key is None:
        raise TokenRefused("unknown_key")
    return key


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise TokenRefused("malformed") from None
    if not isinstance(value, dict):
        raise TokenRefused("malformed")
    return value
