"""What an authorizer is asked: a token, the issuer's keys, the registered rows, and API Gateway's event."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from bench.job import CALLER, ISSUER, NOW, PATH, event
from customers.domain.canonical_json import canonical_json
from customers.edge.auth.claims import LEEWAY

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def registered() -> str:
    """The rows of the caller's enterprise, merchant and branch, in JSON."""
    settings = {"settings": {"S": canonical_json(asdict(CALLER.settings))}}
    branch = {"merchant_id": {"S": CALLER.merchant}, "active": {"BOOL": True}}
    named: dict[str, dict[str, Any]] = {
        "settings": settings,
        f"merchant#{CALLER.merchant}": {},
        f"branch#{CALLER.branch}": branch,
    }
    return json.dumps([{"pk": {"S": CALLER.enterprise}, "sk": {"S": sk}, **row} for sk, row in named.items()])


def key_set() -> str:
    """The issuer's JWKS."""
    public = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    return json.dumps({"keys": [{**public, "kid": "bench", "use": "sig", "alg": "RS256"}]})


def token() -> str:
    now = int(NOW.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": CALLER.audience,
        "sub": CALLER.subject,
        "jti": "6f1c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "iat": now,
        "exp": int(CALLER.expires_at.timestamp()) - LEEWAY,
        "enterprise_id": CALLER.enterprise,
        "merchant_id": CALLER.merchant,
        "branch_id": CALLER.branch,
    }
    return jwt.encode(claims, KEY, "RS256", headers={"kid": "bench"})


def admission() -> dict[str, Any]:
    """As API Gateway asks an authorizer about the same request."""
    asked = event()
    arn = "arn:aws:execute-api:eu-west-1:123456789012:abcdefghij/v1/GET" + PATH
    headers = {**asked["headers"], "Authorization": f"Bearer {token()}"}
    context = {name: value for name, value in asked["requestContext"].items() if name != "authorizer"}
    return {**asked, "type": "REQUEST", "methodArn": arn, "headers": headers, "requestContext": context}
