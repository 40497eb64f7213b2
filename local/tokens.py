"""The key that the local stack trusts, and tokens signed with it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
import uuid

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local.places import SIGNING_KEY
from local.refusal import Refusal

ISSUER = "https://identity.local.invalid"
LIVES = 12 * 60 * 60


def token(
    *,
    enterprise: str,
    audience: str = "pos-terminal",
    branch: str | None = None,
    merchant: str | None = None,
    permissions: tuple[str, ...] = (),
) -> str:
    """A token like those that the issuer of a real environment signs."""
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": audience,
        "sub": f"{audience}-local",
        "iat": now,
        "exp": now + LIVES,
        "jti": str(uuid.uuid4()),
        "enterprise_id": enterprise,
        "permissions": list(permissions),
    }
    if branch is not None:
        claims["branch_id"] = branch
    if merchant is not None:
        claims["merchant_id"] = merchant
    key = _signing_key()
    return jwt.encode(claims, key, algorithm="ES256", headers={"kid": kid()})


def kid() -> str:
    """The key's thumbprint (RFC 7638), so that no two keys have the same name."""
    canonical = json.dumps(_public_key(), sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()


def jwks() -> str:
    """The value of the template's parameter `Jwks`: the JWKS document in base64url."""
    document = {"keys": [_public_key() | {"kid": kid(), "use": "sig", "alg": "ES256"}]}
    return base64.urlsafe_b64encode(json.dumps(document, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _public_key() -> dict[str, str]:
    described = jwt.algorithms.ECAlgorithm.to_jwk(_signing_key().public_key(), as_dict=True)
    return {name: str(described[name]) for name in ("crv", "kty", "x", "y")}


def _signing_key() -> ec.EllipticCurvePrivateKey:
    """The key of this checkout, generated at its first use."""
    if not SIGNING_KEY.exists():
        _keep(ec.generate_private_key(ec.SECP256R1()))
    key = serialization.load_pem_private_key(SIGNING_KEY.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Refusal(f"{SIGNING_KEY} is not an elliptic-curve key: delete it, and a new one is generated")
    return key


def _keep(key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    SIGNING_KEY.parent.mkdir(parents=True, exist_ok=True)
    written = SIGNING_KEY.with_name(f"{SIGNING_KEY.name}.{os.getpid()}")
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
    try:
        # A link, not a rename: if two commands start together, the second uses the first one's key.
        os.link(written, SIGNING_KEY)
    except FileExistsError:
        pass
    finally:
        written.unlink()
