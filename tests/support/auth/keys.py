"""Signing keys, their JWKS, and tokens: right ones by `mint`, wrong ones by `forge`."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

ISSUER = "https://identity.test"


@cache
def rsa_key(bits: int = 2048, number: int = 1) -> rsa.RSAPrivateKey:
    """The same for the same number: to make one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def ed_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def algorithm_of(key: PrivateKey) -> str:
    match key:
        case rsa.RSAPrivateKey():
            return "RS256"
        case ec.EllipticCurvePrivateKey():
            return "ES256"
        case _:
            return "EdDSA"


def mint(key: PrivateKey, kid: str, /, **claims: Any) -> str:
    """A till's token as its issuer would sign it. Claims replace the usual ones; None leaves a claim out."""
    return jwt.encode(usual_claims(**claims), key, algorithm=algorithm_of(key), headers={"kid": kid})


def usual_claims(**claims: Any) -> dict[str, Any]:
    """What `mint` signs."""
    now = int(time.time())
    usual = {
        "iss": ISSUER,
        "aud": "pos-terminal",
        "sub": "till-7",
        "iat": now,
        "exp": now + 3600,
        "jti": str(uuid.uuid4()),
        "enterprise_id": "acme",
        "merchant_id": "north",
        "branch_id": "north-1",
    }
    return {name: value for name, value in (usual | claims).items() if value is not None}


def forge(header: Any, payload: Any, sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
    """A token that no honest issuer makes: any header and payload (bytes stay as they are), signed anyhow."""
    signed = ".".join(_segment(part if isinstance(part, bytes) else _json(part)) for part in (header, payload))
    return f"{signed}.{_segment(sign(signed.encode()))}"


def jwk(key: PrivateKey, kid: str, /, **fields: Any) -> dict[str, Any]:
    """The public key as an issuer publishes it. Fields replace the usual ones; None leaves a field out."""
    usual = _public_jwk(key) | {"kid": kid, "use": "sig", "alg": algorithm_of(key)}
    return {name: value for name, value in (usual | fields).items() if value is not None}


def jwks(keys: Mapping[str, PrivateKey]) -> dict[str, Any]:
    """The document that holds the public half of `keys`, by their `kid`."""
    return {"keys": [jwk(key, kid) for kid, key in keys.items()]}


def inline(document: Any) -> str:
    """A JWKS as the template's parameter `Jwks` takes it."""
    return _segment(_json(document))


def _public_jwk(key: PrivateKey) -> dict[str, Any]:
    match key:
        case rsa.RSAPrivateKey():
            return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case ec.EllipticCurvePrivateKey():
            return ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case _:
            return OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _segment(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
