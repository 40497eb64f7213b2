"""Reads and checks a token's claims: issuer, audience, times, scope and permissions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.lean_dataclass import dataclass
from customers.edge.auth.issuers import CLAIMS, Issuer
from customers.edge.auth.principal import Audience
from customers.edge.auth.tokens import LEEWAY as LEEWAY
from customers.edge.auth.tokens import TokenRefused

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
    issuer: str
    subject: str
    jti: str
    enterprise: str
    merchant: str | None
    branch: str | None
    permissions: frozenset[str]
    expires_at: datetime
    issued_at: datetime


def read_claims(payload: Mapping[str, Any], *, issuer: Issuer, at: datetime) -> Claims:
    """Checks what PyJWT does not check in a signed payload. Raises `TokenRefused`."""
    if payload.get("iss") != issuer.name:
        raise TokenRefused("issuer")
    if not issuer.valid[0] <= at.timestamp() < issuer.valid[1]:
        raise TokenRefused("issuer_not_valid_now")
    expires_at = _end(payload, at.timestamp(), issuer.valid[1])
    audience = _audience(payload.get(issuer.audience_claim), issuer)
    if _time(payload, "exp") - _time(payload, "iat") > issuer.lifetimes[audience]:
        raise TokenRefused("lifetime")
    for claim, value in issuer.require.items():
        if payload.get(claim) != value:
            raise TokenRefused(f"claim:{claim}")
    payload = _ours(payload, issuer)
    at_terminal = audience == "pos-terminal"
    return Claims(
        audience=audience,
        issuer=issuer.name,
        jti=_text(payload, "jti", _NAME),
        subject=_text(payload, "sub", _NAME),
        enterprise=_enterprise(payload, issuer),
        # An administrator without a merchant works for the whole enterprise.
        merchant=_text(payload, "merchant_id", _ID) if at_terminal or "merchant_id" in payload else None,
        branch=_text(payload, "branch_id", _ID) if at_terminal or "branch_id" in payload else None,
        permissions=frozenset() if at_terminal else _permissions(payload.get("permissions", []), issuer),
        expires_at=expires_at,
        issued_at=datetime.fromtimestamp(_time(payload, "iat"), UTC),
    )


def _end(payload: Mapping[str, Any], now: float, latest: float) -> datetime:
    """When the token expires, which is `latest` at the latest. Raises `TokenRefused` if it is not valid now."""
    until, issued = int(_time(payload, "exp")) + LEEWAY, _time(payload, "iat")
    begins = max(issued, _time(payload, "nbf")) if "nbf" in payload else issued
    if until <= now:
        raise TokenRefused("expired")
    if now < begins - LEEWAY:
        raise TokenRefused("not_yet_valid")
    return datetime.fromtimestamp(min(until, latest), UTC)


def _time(payload: Mapping[str, Any], claim: str) -> float:
    value = payload.get(claim)
    # In Python a bool is an int. NaN is in no range.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise TokenRefused(f"claim:{claim}")
    return value


def _audience(claim: Any, issuer: Issuer) -> Audience:
    """Exactly one: a token for two audiences would have the rights of both."""
    match claim:
        case str(value) | [str(value)]:
            for audience, values in issuer.audiences.items():
                if value in values:
                    return audience
    raise TokenRefused("audience")


def _ours(payload: Mapping[str, Any], issuer: Issuer) -> dict[str, Any]:
    """The claims under our names. A claim that the issuer renames is not read under its usual name."""
    named = {name: payload[issuer.claim(name)] for name in CLAIMS if issuer.claim(name) in payload}
    return {"iat": payload.get("iat"), **named}


def _enterprise(payload: Mapping[str, Any], issuer: Issuer) -> str:
    """An issuer with a list of enterprises cannot issue tokens for others."""
    if "enterprise_id" not in payload and len(issuer.enterprises) == 1:
        return issuer.enterprises[0]
    enterprise = _text(payload, "enterprise_id", _ID)
    if issuer.enterprises and enterprise not in issuer.enterprises:
        raise TokenRefused("claim:enterprise_id")
    return enterprise


def _text(payload: Mapping[str, Any], claim: str, shape: re.Pattern[str]) -> str:
    value = payload.get(claim)
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise TokenRefused(f"claim:{claim}")
    return value


def _permissions(claim: Any, issuer: Issuer) -> frozenset[str]:
    """Permissions of other products can have any form, and have no effect here. Groups can be text with spaces."""
    if issuer.permissions is not None and isinstance(claim, str):
        claim = claim.split(" ")
    if not isinstance(claim, list) or not all(isinstance(each, str) for each in claim):
        raise TokenRefused("claim:permissions")
    held = claim
    if issuer.permissions is not None:
        held = [permission for group in claim for permission in issuer.permissions.get(group, ())]
    return frozenset(permission for permission in held if _ID.fullmatch(permission))
