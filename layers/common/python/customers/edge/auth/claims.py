"""What a token says of its caller: issuer, audience, times and claims, each checked."""

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

# These become parts of keys, in which `#` separates.
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# Issuers name subjects and tokens in their own way (`auth0|...`): visible ASCII, and no `#` here either.
_NAME = re.compile(r"[!-\"$-~]{1,255}")
_LATEST = 253_402_300_000
"""In the last hour that a `datetime` can hold."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the issuer vouches for. Whether merchant and branch exist, only the registry knows.

    `expires_at` has the leeway in it, so that whoever asks later agrees with what was decided here.
    """

    audience: Audience
    issuer: str
    subject: str
    jti: str
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
    return Claims(
        audience=audience,
        issuer=issuer,
        jti=_text(payload, "jti", _NAME),
        subject=_text(payload, "sub", _NAME),
        enterprise=_text(payload, "enterprise_id", _ID),
        # An administrator without a merchant is the whole enterprise's.
        merchant=_text(payload, "merchant_id", _ID) if at_terminal or "merchant_id" in payload else None,
        branch=_text(payload, "branch_id", _ID) if at_terminal or "branch_id" in payload else None,
        permissions=frozenset() if at_terminal else _permissions(payload.get("permissions", [])),
        expires_at=expires_at,
    )


def _end(payload: Mapping[str, Any], now: float) -> datetime:
    """Until when the token is good, if it is now."""
    until, issued = int(_time(payload, "exp")) + LEEWAY, _time(payload, "iat")
    begins = max(issued, _time(payload, "nbf")) if "nbf" in payload else issued
    if until <= now:
        raise TokenRefused("expired")
    if now < begins - LEEWAY:
        raise TokenRefused("not_yet_valid")
    return datetime.fromtimestamp(until, UTC)


def _time(payload: Mapping[str, Any], claim: str) -> float:
    value = payload.get(claim)
    # To Python a bool is an int. NaN is in no range.
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
    """Other products' permissions may look as they like, and give nothing here."""
    if not isinstance(claim, list) or not all(isinstance(permission, str) for permission in claim):
        raise TokenRefused("claim:permissions")
    return frozenset(permission for permission in claim if _ID.fullmatch(permission))
