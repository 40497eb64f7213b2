"""What every variant is asked for, a lookup or whether to admit it: caller, rows, events and the environment."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from bench.stub import Addresses
from customers.domain.canonical_json import canonical_json
from customers.domain.customers.activity import Activity
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Settings
from customers.domain.identifiers.phone import Phone
from customers.edge.auth.claims import LEEWAY
from customers.edge.auth.principal import Principal
from customers.store.customers.rows import customer_rows

NOW = datetime.now(UTC).replace(microsecond=0)
PHONE = "+97433001122"
PATH = "/partner/customers/lookup"
ISSUER = "https://identity.example"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
VISITS = 27
"""In the last 90 days, which makes a busy customer."""

CALLER = Principal(
    audience="pos-terminal",
    issuer="https://identity.example",
    subject="terminal-7",
    jti="token-1",
    enterprise="ent_bench",
    merchant="mrc_1",
    branch="brn_1",
    permissions=frozenset({"customer:READ"}),
    expires_at=NOW + timedelta(hours=8),
    settings=Settings(name="Bench Coffee", currency="QAR", home_region="QA"),
)
CUSTOMER = Profile(
    customer_id="usr_01JD8V7Q2M4N6P8R0T2W4Y6Z8B",
    phone=Phone(PHONE),
    currency="QAR",
    version=212,
    verified=True,
    name="Noor Al-Example",
    member_since=NOW - timedelta(days=400),
    balance_minor=4_250,
    activity=Activity(
        lifetime_spend_minor=318_400,
        visit_count=143,
        last_visit_at=NOW - timedelta(days=2),
        recent=tuple(sorted(int((NOW - timedelta(days=2 + 3.2 * n)).timestamp()) for n in range(VISITS))),
    ),
    preferences={"language": "ar", "favourite_drink": "flat white", "receipt": "sms"},
    consent={"marketing_sms": True, "marketing_email": False, "policy_version": "2026-05"},
    provider_ids=("pos-8841",),
)


def item() -> str:
    """The customer's row as DynamoDB sends it, in JSON."""
    row, *_ = customer_rows(CALLER.enterprise, CUSTOMER)
    return json.dumps(row, separators=(",", ":"), default=lambda packed: base64.b64encode(packed).decode())


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


def event() -> dict[str, Any]:
    """As API Gateway hands it to a proxy integration, with what the authorizer said of the caller."""
    headers = {
        "Accept": "application/json",
        "Authorization": "Bearer " + "e" * 600,
        "Host": "abcdefghij.execute-api.eu-west-1.amazonaws.com",
        "User-Agent": "pos-terminal/4.2",
        "X-Amzn-Trace-Id": "Root=1-692183a0-0f1e2d3c4b5a69788796a5b4",
        "X-Forwarded-For": "192.0.2.7",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return {
        "resource": PATH,
        "path": PATH,
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {"phone": PHONE},
        "multiValueQueryStringParameters": {"phone": [PHONE]},
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "authorizer": {**CALLER.context(), "principalId": CALLER.subject, "integrationLatency": 3},
            "domainName": headers["Host"],
            "httpMethod": "GET",
            "identity": {"sourceIp": "192.0.2.7", "userAgent": headers["User-Agent"]},
            "path": f"/v1{PATH}",
            "protocol": "HTTP/1.1",
            "requestId": "b0c6f1d2-3e4a-4b5c-8d7e-9f0a1b2c3d4e",
            "requestTimeEpoch": int(NOW.timestamp() * 1000),
            "resourceId": "abc123",
            "resourcePath": PATH,
            "stage": "v1",
        },
        "body": None,
        "isBase64Encoded": False,
    }


def admission() -> dict[str, Any]:
    """As API Gateway asks an authorizer about the same request."""
    asked = event()
    arn = "arn:aws:execute-api:eu-west-1:123456789012:abcdefghij/v1/GET" + PATH
    headers = {**asked["headers"], "Authorization": f"Bearer {token()}"}
    context = {name: value for name, value in asked["requestContext"].items() if name != "authorizer"}
    return {**asked, "type": "REQUEST", "methodArn": arn, "headers": headers, "requestContext": context}


def environment(addresses: Addresses, *, tls: bool, roots: str, is_built: bool) -> dict[str, str]:
    """Of every measured process. Nothing of the developer's own gets in. `roots` is the file of certificates that both
    trust: the system's for Python, and one that is named for boto3, which has its own otherwise.
    """
    address = addresses.tls if tls else addresses.plain
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        # A function's credentials always come with one of about this length, and it is signed.
        "AWS_SESSION_TOKEN": "t" * 700,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL_DYNAMODB": address,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "SSL_CERT_FILE": roots,
        **({} if is_built else {"AWS_CA_BUNDLE": roots}),
        "CUSTOMERS_TABLE": "customers",
        "ENTERPRISES_TABLE": "enterprises",
        "ISSUER": ISSUER,
        "JWKS_URL": f"{address}/jwks.json",
        "JWKS": "",
        "MOUNTED": "beta",
        "POWERTOOLS_SERVICE_NAME": "customers",
        "POWERTOOLS_METRICS_NAMESPACE": "Customers",
    }
