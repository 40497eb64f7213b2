"""Who is let in: 401 and 403, in the envelope, from the deployed authorizer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.e2e.conftest import Enterprise, eventually
from tests.support.auth.keys import forge

LOOKUP = "/customers/lookup?phone=%2B97433001122"


def _expired(shop: Enterprise) -> str:
    return shop.token(iat=int(time.time()) - 7200, exp=int(time.time()) - 3600)


def _unsigned(shop: Enterprise) -> str:
    return forge({"alg": "none", "typ": "JWT", "kid": shop.stack["kid"]}, shop.claims())


def _signed_with_the_public_key(shop: Enterprise) -> str:
    with open(shop.stack["signing_key"], "rb") as file:
        key = load_pem_private_key(file.read(), None)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "typ": "JWT", "kid": shop.stack["kid"]}
    return forge(header, shop.claims(), lambda signed: hmac.digest(public, signed, hashlib.sha256))


def _signed_by_a_stranger(shop: Enterprise) -> str:
    stranger = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(shop.claims(), stranger, algorithm="ES256", headers={"kid": shop.stack["kid"]})


def _unknown_kid(shop: Enterprise) -> str:
    stranger = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(shop.claims(), stranger, algorithm="ES256", headers={"kid": "nobody"})


def _tampered(shop: Enterprise) -> str:
    header, _, signature = shop.token().split(".")
    payload = json.dumps(shop.claims(enterprise_id="another")).encode()
    return ".".join((header, base64.urlsafe_b64encode(payload).rstrip(b"=").decode(), signature))


REFUSED: dict[str, Callable[[Enterprise], str]] = {
    "garbage": lambda _shop: "garbage",
    "expired": _expired,
    "alg_none": _unsigned,
    "hs256_with_the_public_key": _signed_with_the_public_key,
    "signed_by_a_stranger": _signed_by_a_stranger,
    "unknown_kid": _unknown_kid,
    "tampered": _tampered,
    "wrong_issuer": lambda shop: shop.token(iss="https://evil.example"),
    "wrong_audience": lambda shop: shop.token(aud="another-api"),
    "two_audiences": lambda shop: shop.token(aud=["pos-terminal", "enterprise-admin"]),
    "no_enterprise": lambda shop: shop.token(enterprise_id=None),
    "no_branch": lambda shop: shop.token(branch_id=None),
    "no_expiry": lambda shop: shop.token(exp=None),
    "never_expires": lambda shop: shop.token(exp=int(datetime(9999, 12, 31).timestamp())),
}


def _is_refusal(answer: requests.Response, status: int, code: str) -> None:
    body = answer.json()
    assert answer.status_code == status
    assert set(body) == {"ok", "data", "error", "meta"}
    assert (body["ok"], body["data"]) == (False, None)
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["code"] == code
    assert body["meta"]["request_id"] == answer.headers["X-Request-Id"]
    assert body["meta"]["api_version"] == "2026-06-01"


@pytest.mark.parametrize("case", REFUSED)
def test_a_token_that_proves_nothing_is_a_401(shop: Enterprise, case: str) -> None:
    _is_refusal(shop.get(LOOKUP, REFUSED[case](shop)), 401, "INVALID_API_KEY")


def test_no_token_is_a_401(shop: Enterprise) -> None:
    answer = requests.get(shop.stack["api"] + LOOKUP, timeout=120)
    _is_refusal(answer, 401, "INVALID_API_KEY")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "claims",
    [
        {"branch_id": "not-registered"},
        {"merchant_id": "not-registered"},
        {"enterprise_id": "not-configured"},
        {"aud": "enterprise-admin", "branch_id": None, "merchant_id": "not-registered"},
    ],
    ids=["branch", "merchant", "enterprise", "admin_of_no_merchant"],
)
def test_a_place_that_is_not_registered_is_a_403(shop: Enterprise, claims: dict[str, Any]) -> None:
    _is_refusal(shop.get(LOOKUP, shop.token(**claims)), 403, "FORBIDDEN")


def test_a_branch_of_another_enterprises_merchant_is_a_403(shop: Enterprise, enterprise: Enterprise) -> None:
    token = shop.token(merchant_id=enterprise.merchant, branch_id=enterprise.branch)
    _is_refusal(shop.get(LOOKUP, token), 403, "FORBIDDEN")


def test_a_disabled_branch_is_a_403_and_the_other_branch_works_on(enterprise: Enterprise) -> None:
    enterprise.publish("branch.registered", merchant_id=enterprise.merchant, branch_id="second")
    eventually(lambda: enterprise.get(LOOKUP, enterprise.token(branch_id="second")).status_code == 200)
    enterprise.publish(
        "branch.disabled", merchant_id=enterprise.merchant, branch_id="second", occurred_at="2026-11-02T10:00:00Z"
    )
    # A new token each time: the gateway keeps what was said of an old one.
    eventually(lambda: enterprise.get(LOOKUP, enterprise.token(branch_id="second")).status_code == 403)
    _is_refusal(enterprise.get(LOOKUP, enterprise.token(branch_id="second")), 403, "FORBIDDEN")
    assert enterprise.get(LOOKUP).status_code == 200


def test_an_admin_looks_up_without_a_branch(shop: Enterprise) -> None:
    answer = shop.get(LOOKUP, shop.token(aud="enterprise-admin", branch_id=None, merchant_id=None))
    assert answer.status_code == 200
    assert answer.json()["data"]["branch_id"] is None


def test_what_is_sent_beside_the_token_chooses_no_enterprise(shop: Enterprise, enterprise: Enterprise) -> None:
    enterprise.publish("customer.registered", "+97433001122", name="Layla Hassan")
    mine = enterprise.get(LOOKUP)
    eventually(lambda: enterprise.get(LOOKUP).json()["data"]["customer"])
    headers = {"Authorization": f"Bearer {shop.token()}", "X-Enterprise-Id": enterprise.id}
    smuggled = requests.get(f"{shop.stack['api']}{LOOKUP}", headers=headers, timeout=120)
    undeclared = requests.get(
        f"{shop.stack['api']}{LOOKUP}&enterprise_id={enterprise.id}", headers=headers, timeout=120
    )
    assert mine.status_code == 200
    assert smuggled.json()["data"]["status"] == "not_found"
    assert (undeclared.status_code, undeclared.json()["error"]["details"][0]["field"]) == (400, "enterprise_id")


def test_one_token_serves_every_operation_and_branch_says_the_token(shop: Enterprise) -> None:
    token = shop.token()
    assert shop.get(LOOKUP, token).json()["data"]["branch_id"] == shop.branch
    assert shop.get("/customers/lookup?provider_customer_id=x", token).status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/customers/search", "/customers/usr_1/exports"])
def test_what_is_not_mounted_is_a_404(shop: Enterprise, path: str) -> None:
    _is_refusal(shop.get(path), 404, "NOT_FOUND")


def test_a_wrong_method_is_a_404(shop: Enterprise) -> None:
    answer = requests.post(shop.stack["api"] + "/customers/lookup", timeout=120)
    _is_refusal(answer, 404, "NOT_FOUND")
