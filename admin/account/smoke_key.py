"""Make a key for the smoke test of an account whose issuer one does not hold: the stack trusts it for an hour.

The private half stays in a file of this checkout. The parameter `SmokeKey` has the public half, the enterprise that it
may speak for, and when its hour begins.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from admin.stack.location import LOCAL

ISSUER = "https://smoke.invalid"
"""The `iss` of its tokens. `customers.edge.auth.smoke_key` has the same; a test compares them."""
LIVES = 3600
"""Seconds."""
AGAIN = 600
FOLDER = LOCAL / "smoke"


@dataclass(frozen=True)
class SmokeKey:
    """A key whose hour has not ended."""

    kid: str
    enterprise: str
    pem: bytes = field(repr=False)


def run(_session: Any, stack: str) -> int:
    """Print the parameter's value."""
    print(parameter(stack))
    return 0


def parameter(stack: str) -> str:
    """The value of `SmokeKey`. A key of the last ten minutes is used again: the two passes of a deploy are one."""
    file, now = _file(stack), int(time.time())
    made = _read(file)
    if made is None or now - made["from"] > AGAIN:
        made = _new(stack, now)
        _keep(file, made)
    public = {name: made[name] for name in ("from", "enterprise", "jwk")}
    return base64.urlsafe_b64encode(json.dumps(public, separators=(",", ":")).encode()).rstrip(b"=").decode()


def held(stack: str) -> SmokeKey | None:
    """The key that was made for a stack; None where there is none, or its hour has ended."""
    made = _read(_file(stack))
    if made is None or time.time() >= made["from"] + LIVES:
        return None
    return SmokeKey(made["jwk"]["kid"], made["enterprise"], made["pem"].encode())


def enterprise_of(stack: str) -> str:
    """The enterprise of a stack's smoke tests: always the same, so that a source may be bound to it."""
    return f"smoke-{hashlib.sha256(stack.encode()).hexdigest()[:12]}"


def _new(stack: str, now: int) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    jwk = {name: str(public[name]) for name in ("kty", "crv", "x", "y")}
    named = {**jwk, "kid": f"smoke-{hashlib.sha256(jwk['x'].encode()).hexdigest()[:12]}", "use": "sig", "alg": "ES256"}
    return {"from": now, "enterprise": enterprise_of(stack), "jwk": named, "pem": pem.decode()}


def _file(stack: str) -> Path:
    return FOLDER / f"{stack}.json"


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found


def _keep(file: Path, made: dict[str, Any]) -> None:
    """Only its owner may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_suffix(".new")
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(made, out)
    written.replace(file)
