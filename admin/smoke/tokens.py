"""The two tokens of the smoke test: given ones, or made with the local stack's key or with a smoke key."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Any

import jwt

from admin.account import smoke_key
from admin.stack.location import Stack
from admin.stack.refusal import Refusal

PERMISSIONS = (
    *("customer:CONTEXT", "customer:SEARCH", "customer:STATS", "customer:UPDATE", "customer:MERGE"),
    *("customer:EXPORT", "customer:DELETE", "activity:READ", "erasure:READ", "facts:READ"),
)
"""What the administrator's token must allow."""
LIVES = 1800
"""Seconds that a token of the smoke test's own is valid."""
GIVEN = ("SMOKE_TILL", "SMOKE_ADMIN")


def of(stack: Stack) -> tuple[str, str]:
    """A till's and an administrator's, of one enterprise. Raises `Refusal` if there is no way to have them."""
    if any(name in os.environ for name in GIVEN):
        if lacking := [name for name in GIVEN if not os.environ.get(name)]:
            raise Refusal(f"{lacking[0]} is not set: docs/runbook.md says which tokens it takes")
        return os.environ[GIVEN[0]], os.environ[GIVEN[1]]
    if stack.signing_key:
        enterprise = f"smoke-{uuid.uuid4().hex[:12]}"
        return made(stack.issuer, stack.kid, Path(stack.signing_key).read_bytes(), enterprise)
    if held := smoke_key.held(stack.name):
        return made(smoke_key.ISSUER, held.kid, held.pem, held.enterprise)
    raise Refusal(
        "Set SMOKE_TILL and SMOKE_ADMIN, or deploy with SMOKE_KEY=1, which trusts a key for an hour: docs/runbook.md"
    )


def made(issuer: str, kid: str, pem: bytes, enterprise: str) -> tuple[str, str]:
    """Signed with a private key in PEM."""
    till = {"aud": "pos-terminal", "merchant_id": "smoke", "branch_id": "smoke"}
    admin = {"aud": "enterprise-admin", "permissions": list(PERMISSIONS)}
    first, second = (_signed({**_usual(issuer, enterprise), **claims}, kid, pem) for claims in (till, admin))
    return first, second


def _usual(issuer: str, enterprise: str) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": issuer,
        "sub": "smoke",
        "iat": now,
        "exp": now + LIVES,
        "jti": str(uuid.uuid4()),
        "enterprise_id": enterprise,
    }


def _signed(claims: dict[str, Any], kid: str, pem: bytes) -> str:
    return jwt.encode(claims, pem, algorithm="ES256", headers={"kid": kid})
