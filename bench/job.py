"""What every variant is asked for, a lookup or whether to admit it: caller, rows, events and the environment."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.building import Task
from bench.stub import Addresses
from customers.domain.customers.activity import Activity
from customers.domain.customers.profile import Profile
from customers.domain.customers.visits import Visits, micros
from customers.domain.enterprise import Settings
from customers.domain.identifiers.phone import Phone
from customers.edge.auth.principal import Principal
from customers.store.customers.rows import customer_rows

NOW = datetime.now(UTC).replace(microsecond=0)
PHONE = "+97433001122"
PATH = "/partner/customers/lookup"
ISSUER = "https://identity.example"
DECIDED = ("audience", "enterprise_id", "merchant_id", "branch_id", "expires_at")
"""Of the context that an authorizer gives, what each variant must agree on."""
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
        recent=Visits(tuple(sorted(micros(NOW - timedelta(days=2 + 3.2 * n)) for n in range(VISITS)))),
    ),
    preferences={"language": "ar", "favourite_drink": "flat white", "receipt": "sms"},
    consent={"marketing_sms": True, "marketing_email": False, "profiling": True},
    provider_ids=("pos-8841",),
)


def item() -> str:
    """The customer's row as DynamoDB sends it, in JSON."""
    row, *_ = customer_rows(CALLER.enterprise, CUSTOMER)
    return json.dumps(row, separators=(",", ":"), default=lambda packed: base64.b64encode(packed).decode())


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


def environment(addresses: Addresses, *, tls: bool, roots: str, has_botocore: bool) -> dict[str, str]:
    """Of every measured process. Nothing of the developer's own gets in. `roots` is the file of certificates that the
    other variants trust, Python as its system's and botocore by name. The product trusts its layer's folder.
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
        **({"SSL_CERT_FILE": roots, "AWS_CA_BUNDLE": roots, "DYNAMODB_CLIENT": "botocore"} if has_botocore else {}),
        "CUSTOMERS_TABLE": "customers",
        "ENTERPRISES_TABLE": "enterprises",
        "ISSUER": ISSUER,
        "JWKS_URL": f"{address}/jwks.json",
        "JWKS": "",
        "MOUNTED": "beta",
        "POWERTOOLS_SERVICE_NAME": "customers",
        "POWERTOOLS_METRICS_NAMESPACE": "Customers",
    }


def is_good(task: Task, answer: Mapping[str, Any]) -> bool:
    """Whether the caller was admitted, or the customer was found."""
    if task == "authorizer":
        return bool(answer["policyDocument"]["Statement"][0]["Effect"] == "Allow")
    return bool(answer["statusCode"] == 200 and json.loads(answer["body"])["data"]["status"] == "registered")


def told(task: Task, answer: Mapping[str, Any]) -> object:
    """What a good answer tells, without the moment at which it does."""
    if task == "authorizer":
        (statement,) = answer["policyDocument"]["Statement"]
        context = {name: answer["context"][name] for name in DECIDED}
        return answer["principalId"], statement["Effect"], context
    body = json.loads(answer["body"])
    return answer["statusCode"], {**body, "data": {**body["data"], "fetched_at": None}}
