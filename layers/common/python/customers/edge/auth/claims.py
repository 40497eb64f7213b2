"""Reads and checks a token's claims: issuer, audience, times, scope and permissions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from customers.edge.auth.principal import Audience
from customers.edge.auth.tokens import TokenRefused

LEEWAY = 5
"""Seconds by which the issuer's clock may differ from ours."""

# These become parts of keys, which `#` separates.
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# Issuers have their own forms of subjects and token ids (`auth0|...`): visible ASCII, and no `#` here either.
_NAME = re.compile(r"[!-\"$-~]{1,255}")
_LATEST = 253_402_300_000
"""A time in the last hour that a `datetime` can hold."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims that the issuer has signed. Only the registry knows whether merchant and branch exist.

    `expires_at` includes the leeway, so that a later check gives the same result.
    """

    audience: Audience
    subject: str
    enterprise: str
    merchant: str | None
    branch: str | None
    permissions: frozenset[str]
    expires_at: datetime


def read_claims(payload: Mapping[str, Any], *, issuer: str, at: datetime) -> Claims:
    """Check a signed payload. Raises `TokenRefused`."""
    if payload.get("iss") != issuer:
        raise TokenRefused("issuer")
    expires_at = _end(payload, at.timestamp())
    audience = _audience(payload.get("aud"))
    at_terminal = audience == "pos-terminal"
    _text(payload, "jti", _NAME)
    return Claims(
        audience=audience,
        subject=_text(payload, "sub", _NAME),
        enterprise=_text(payload, "enterprise_id", _ID),
        # An administrator without a merchant works for the whole enterprise.
        merchant=_text(payload, "merchant_id", _ID) if at_terminal or "merchant_id" in payload else None,
        branch=_text(payload, "branch_id", _ID) if at_terminal or "branch_id" in payload else None,
        permissions=frozenset() if at_terminal else _permissions(payload.get("permissions", [])),
        expires_at=expires_at,
    )


def _end(payload: Mapping[str, Any], now: float) -> datetime:
    """When the token expires. Raises `TokenRefused` if it is not valid now."""
    until, issued = int(_time(payload, "exp")) + LEEWAY, _time(payload, "iat")
    begins = max(issued, _time(payload, "nbf")) if "nbf" in payload else issued
    if until <= now:
        raise TokenRefused("expired")
    if now < begins - LEEWAY:
        raise TokenRefused("not_yet_valid")
    return datetime.fromtimestamp(until, UTC)


def _time(payload: Mapping[str, Any], claim: str) -> float:
    value = payload.get(claim)
    # In Python a bool is an int. NaN is in no range.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise TokenRefused(f"claim:{claim}")
    return value


def _audience(claim: Any) -> Audience:
    """Exactly one: a token for two audiences would have the rights of both."""
    match claim:
        case "pos-terminal" | ["pos-terminal"]:
            return "pos-terminal"
        case "enterprise-admin" | ["enterprise-admin"]:
            return "enterprise-admin"
    raise TokenRefused("audience")


def _text(payload: Mapping[str, Any], claim: str, shape: re.Pattern[str]) -> str:
    value = payload.get(claim)
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise TokenRefused(f"claim:{claim}")
    return value


def _permissions(claim: Any) -> frozenset[str]:
    """Permissions of other products can have any form, and have no effect here."""
    if not isinstance(claim, list) or not all(isinstance(permission, str) for permission in claim):
        raise TokenRefused("claim:permissions")
    return frozenset(permission for permission in claim if _ID.fullmatch(permission))
