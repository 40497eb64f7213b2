"""Verifies a bearer token with PyJWT, by the keys of the issuer that it names, and returns its payload."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from jwt import PyJWK, PyJWT
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuedAtError,
    InvalidIssuerError,
    InvalidJTIError,
    InvalidSignatureError,
    InvalidSubjectError,
    MissingRequiredClaimError,
    PyJWTError,
)

from customers.edge.auth.issuers import Issuer
from customers.edge.auth.jwks import ALGORITHMS, FindKey

MAX_LENGTH = 8 * 1024

LEEWAY = 5
"""Seconds by which the issuer's clock may differ from ours."""

_JWT = PyJWT()
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")
_REASONS: dict[type[PyJWTError], str] = {
    InvalidSignatureError: "signature",
    InvalidAlgorithmError: "algorithm",
    ExpiredSignatureError: "expired",
    ImmatureSignatureError: "not_yet_valid",
    InvalidAudienceError: "audience",
    InvalidIssuerError: "issuer",
    InvalidSubjectError: "claim:sub",
    InvalidJTIError: "claim:jti",
    InvalidIssuedAtError: "claim:iat",
}


class TokenRefused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The token gives no access. `reason` is a stable word for the log, without any content of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verified_payload(token: str, issuers: Mapping[str, Issuer]) -> tuple[Issuer, dict[str, Any]]:
    """The token's issuer and payload. Raises `TokenRefused`, and what the issuer's `find_key` raises.

    The unverified `iss` selects the issuer. Only its keys are tried, and PyJWT then checks the claim.
    """
    header, payload = _parts(token)
    named = _decoded(payload).get("iss")
    issuer = issuers.get(named) if isinstance(named, str) else None
    if issuer is None:
        raise TokenRefused("issuer")
    by_audience = issuer.audience_claim == "aud"
    key = _key(header, issuer.find_key)

    def decode() -> dict[str, Any]:
        return _JWT.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=issuer.name,
            audience=issuer.values if by_audience else None,
            leeway=LEEWAY,
            options={"require": ["iss", "exp", "iat", *(["aud"] if by_audience else [])], "verify_aud": by_audience},
        )

    return issuer, _checked(decode)


def _parts(token: str) -> tuple[str, str]:
    if len(token) > MAX_LENGTH:
        raise TokenRefused("too_long")
    compact = _COMPACT.fullmatch(token)
    if not compact:
        raise TokenRefused("malformed")
    return compact[1], compact[2]


def _checked(decode: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return decode()
    except MissingRequiredClaimError as missing:
        raise TokenRefused(f"claim:{missing.claim}") from None
    except PyJWTError as error:
        raise TokenRefused(_REASONS.get(type(error), "malformed")) from None
    # A time that is not a number, or out of range.
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise TokenRefused("malformed") from None


def _key(header: str, find_key: FindKey) -> PyJWK:
    """The key of the token's header. Parsed here, because PyJWT would parse the whole token a second time."""
    fields = _decoded(header)
    # A header that fits no key never causes a fetch.
    if fields.get("alg") not in ALGORITHMS:
        raise TokenRefused("algorithm")
    kid = fields.get("kid")
    key = find_key(kid) if isinstance(kid, str) else None
    if key is None:
        raise TokenRefused("unknown_key")
    return key


def _decoded(segment: str) -> dict[str, Any]:
    try:
        return _object(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except ValueError:
        raise TokenRefused("malformed") from None


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise TokenRefused("malformed") from None
    if not isinstance(value, dict):
        raise TokenRefused("malformed")
    return value
