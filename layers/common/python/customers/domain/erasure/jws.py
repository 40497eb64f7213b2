"""Signed receipts: JSON Web Signatures (RFC 7515) by ES256, and the public key as a JSON Web Key (RFC 7517)."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from customers.domain.canonical_json import canonical_json

_POINT = 64
"""Bytes of a public key of P-256, with which its SubjectPublicKeyInfo ends: x and y."""


def jwk_of(spki: bytes) -> dict[str, str]:
    """A public key of P-256, from its SubjectPublicKeyInfo in DER."""
    point = spki[-_POINT:]
    key = {"crv": "P-256", "kty": "EC", "x": _base64(point[:32]), "y": _base64(point[32:])}
    # The thumbprint of RFC 7638: anybody can compute the id from the key.
    kid = _base64(hashlib.sha256(_json(key)).digest())
    return {**key, "alg": "ES256", "kid": kid, "use": "sig"}


def unsigned(payload: Mapping[str, Any], kid: str) -> str:
    """The header and the payload, which are to be signed."""
    return f"{_base64(_json({'alg': 'ES256', 'kid': kid}))}.{_base64(_json(payload))}"


def signed(text: str, r: int, s: int) -> str:
    """The complete JWS."""
    return f"{text}.{_base64(r.to_bytes(32) + s.to_bytes(32))}"


def payload_of(text: str) -> dict[str, Any]:
    """The payload of a JWS of our own, without a look at its signature."""
    encoded = text.split(".")[1]
    payload: dict[str, Any] = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return payload


def _json(value: object) -> bytes:
    return canonical_json(value).encode()


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
