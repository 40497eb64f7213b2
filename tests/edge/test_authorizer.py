"""The authorizer, as API Gateway calls it: a policy for the whole stage, with the caller or a refusal in it."""

from __future__ import annotations

import fnmatch
import hashlib
import hmac
import importlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.till.lookup import LOOKUP as LOOKUP_OPERATION
from customers.domain.enterprise import Settings, Thresholds
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import (
    AccessRevoked,
    BranchChanged,
    EnterpriseConfigured,
    EnterpriseFact,
    EnterprisePayload,
)
from customers.domain.refusals import Forbidden
from customers.edge.auth.authorize import authorizer
from customers.edge.auth.claims import LEEWAY
from customers.edge.auth.issuers import Issuer
from customers.edge.auth.jwks import REST, FindKey, JwksEndpoint, usable_keys
from customers.edge.auth.principal import Principal
from customers.edge.http.serve import Answer, serve
from customers.edge.log import logger
from customers.store.registry import Registry
from tests.support.auth.jwks_server import JwksServer, serving
from tests.support.auth.keys import ISSUER, PrivateKey, ec_key, ed_key, forge, inline, jwks, mint, rsa_key, usual_claims
from tests.support.tables import dynamodb

TABLE = "EnterprisesTable"
STAGE = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/v1"
LOOKUP = f"{STAGE}/GET/partner/customers/lookup"
RSA, EC, ED = rsa_key(), ec_key(), ed_key()
KEYS: dict[str, PrivateKey] = {"rsa": RSA, "ec": EC, "ed": ED}
INLINE = inline(jwks(KEYS))
ACME = Settings(name="Acme", currency="QAR", home_region="QA", badge=Thresholds(vip_visits_90d=5))

Lines = Callable[[], list[dict[str, Any]]]


class Authorize(Protocol):
    """Ask as API Gateway would, with the Authorization header that came (None: it did not)."""

    def __call__(self, header: str | None, method_arn: str = LOOKUP) -> dict[str, Any]: ...


def asking(handler: Callable[[dict[str, Any], Any], dict[str, Any]], name: str = "Authorization") -> Authorize:
    def ask(header: str | None, method_arn: str = LOOKUP) -> dict[str, Any]:
        headers = {"Host": "api.example"} if header is None else {"Host": "api.example", name: header}
        context = {"requestId": "0b5c"}
        event = {"type": "REQUEST", "headers": headers, "methodArn": method_arn, "requestContext": context}
        return handler(event, None)

    return ask


@pytest.fixture(autouse=True, scope="module")
def account(tables: DynamoDBClient) -> None:
    """Two enterprises. Acme has two merchants, an open and a closed branch."""
    post("acme", EnterpriseConfigured(ACME))
    post("acme", BranchChanged("north", "north-1", active=True))
    post("acme", BranchChanged("north", "north-2", active=False))
    post("acme", BranchChanged("south", "south-1", active=True))
    post("globex", EnterpriseConfigured(Settings(name="Globex", currency="USD")))
    post("globex", BranchChanged("west", "west-1", active=True))


def post(enterprise: str, payload: EnterprisePayload) -> None:
    order = EventOrder(datetime(2026, 6, 1, tzinfo=UTC), f"{payload}")
    Registry(dynamodb(), TABLE).post(EnterpriseFact(enterprise, order, type(payload).__name__, payload))


@dataclass
class AuthorizerModule:
    """`functions/front/authorizer.py`, imported anew as a new Lambda environment would."""

    monkeypatch: pytest.MonkeyPatch

    def opened(self, **environment: str) -> Authorize:
        nothing = {"JWKS_URL": "", "JWKS": "", "ISSUER": ISSUER, "ISSUERS": "", "ENTERPRISES_TABLE": TABLE}
        for name, value in (nothing | environment).items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.delitem(sys.modules, "front.authorizer", raising=False)
        return asking(importlib.import_module("front.authorizer").handler)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> AuthorizerModule:
    return AuthorizerModule(monkeypatch)


@pytest.fixture
def authorize(module: AuthorizerModule) -> Authorize:
    return module.opened(JWKS=INLINE)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """What the authorizer has logged, a dictionary a line."""
    lines: list[str] = []
    handler = logger.registered_handler
    monkeypatch.setattr(handler, "emit", lambda record: lines.append(handler.format(record)))
    return lambda: [json.loads(line) for line in lines]


def effect(policy: dict[str, Any]) -> str:
    (statement,) = policy["policyDocument"]["Statement"]
    return str(statement["Effect"])


def unauthorized(authorize: Authorize, header: str | None) -> None:
    """The template makes a 401 of whatever is denied. Nothing is raised, which Lambda would log with its trace."""
    given = authorize(header)
    assert (effect(given), given["principalId"]) == ("Deny", "nobody")
    assert "context" not in given


# ------------------------------------------------------------------------------------------------- allowed


@pytest.mark.parametrize("kid", KEYS)
def test_a_till_comes_in_with_a_key_of_each_kind(authorize: Authorize, kid: str) -> None:
    assert effect(authorize(f"Bearer {mint(KEYS[kid], kid)}")) == "Allow"


def test_the_scheme_may_be_written_in_any_case(authorize: Authorize) -> None:
    for scheme in ("bearer", "BEARER", "Bearer "):
        assert effect(authorize(f"{scheme} {mint(EC, 'ec')} ")) == "Allow"


def test_the_operation_learns_who_calls(authorize: Authorize) -> None:
    claims = usual_claims(sub="till-7")
    given = authorize(f"Bearer {mint(EC, 'ec', **claims)}")
    assert given["principalId"] == "till-7"
    assert Principal.of_context(given["context"]) == Principal(
        audience="pos-terminal",
        issuer=ISSUER,
        subject="till-7",
        jti=claims["jti"],
        enterprise="acme",
        merchant="north",
        branch="north-1",
        permissions=frozenset(),
        expires_at=datetime.fromtimestamp(claims["exp"] + LEEWAY, UTC),
        settings=ACME,
    )


def test_the_operation_learns_what_an_administrator_may_do(authorize: Authorize) -> None:
    wide = {"aud": "enterprise-admin", "merchant_id": None, "branch_id": None}
    token = mint(EC, "ec", **wide, permissions=["customer:STATS", "customer:EXPORT"])
    caller = Principal.of_context(authorize(f"Bearer {token}")["context"])
    assert caller.permissions == {"customer:STATS", "customer:EXPORT"}
    assert (caller.audience, caller.merchant, caller.branch) == ("enterprise-admin", None, None)


def test_the_context_is_flat_text_as_api_gateway_wants_it(authorize: Authorize) -> None:
    context = authorize(f"Bearer {mint(EC, 'ec')}")["context"]
    assert all(isinstance(value, str) for value in context.values())


@pytest.mark.parametrize(
    ("claims", "expected"),
    [({}, "Allow"), ({"branch_id": "gone"}, "Allow"), ({"iss": "https://other.test"}, "Deny")],
    ids=["allowed", "forbidden", "denied"],
)
def test_the_policy_is_for_the_whole_stage_for_it_is_kept_by_token(
    authorize: Authorize, claims: dict[str, str], expected: str
) -> None:
    given = authorize(f"Bearer {mint(EC, 'ec', **claims)}")
    (statement,) = given["policyDocument"]["Statement"]
    assert statement == {"Action": "execute-api:Invoke", "Effect": expected, "Resource": f"{STAGE}/*/*"}
    for other in ("GET/partner/customers/lookup", "DELETE/partner/customers/usr_1", "POST/partner/identify", "GET/"):
        assert fnmatch.fnmatchcase(f"{STAGE}/{other}", statement["Resource"])
    for elsewhere in (f"{STAGE}2/GET/x", STAGE.replace("a1b2c3", "other") + "/GET/x"):
        assert not fnmatch.fnmatchcase(elsewhere, statement["Resource"])


def test_a_path_with_slashes_colons_and_stars_changes_no_policy(authorize: Authorize) -> None:
    given = authorize(f"Bearer {mint(ED, 'ed')}", f"{STAGE}/GET/partner/customers/a:b/*/v2")
    assert given["policyDocument"]["Statement"][0]["Resource"] == f"{STAGE}/*/*"


# ----------------------------------------------------------------------------------------------------- 401


def test_a_token_from_before_the_revocation_is_refused_and_a_later_one_is_not(
    authorize: Authorize, logged: Lines
) -> None:
    now = int(time.time())
    revoked = AccessRevoked(ISSUER, "till-8", None, before=datetime.fromtimestamp(now - 60, UTC))
    post("acme", revoked)
    unauthorized(authorize, f"Bearer {mint(EC, 'ec', sub='till-8', iat=now - 61)}")
    assert logged()[-1]["reason"] == "revoked"
    assert effect(authorize(f"Bearer {mint(EC, 'ec', sub='till-8', iat=now - 60)}")) == "Allow"
    assert effect(authorize(f"Bearer {mint(EC, 'ec', sub='till-9', iat=now - 61)}")) == "Allow"


def hs256_with_the_public_key() -> str:
    secret = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "kid": "rsa"}
    return forge(header, usual_claims(), lambda signed: hmac.new(secret, signed, hashlib.sha256).digest())


REFUSED: dict[str, tuple[str | None, str]] = {
    "no header": (None, "scheme"),
    "no token": ("", "scheme"),
    "no token after Bearer": ("Bearer ", "malformed"),
    "no Bearer": (mint(EC, "ec"), "scheme"),
    "another scheme": ("Basic dXNlcjpwYXNz", "scheme"),
    "garbage": ("Bearer garbage", "malformed"),
    "two tokens": (f"Bearer {mint(EC, 'ec')} {mint(EC, 'ec')}", "malformed"),
    "too long": (f"Bearer {'x' * 8193}", "too_long"),
    "expired": (f"Bearer {mint(EC, 'ec', exp=1_700_000_000)}", "expired"),
    "from the future": (f"Bearer {mint(EC, 'ec', iat=32_000_000_000)}", "not_yet_valid"),
    "alg none": (f"Bearer {forge({'alg': 'none', 'kid': 'ec'}, usual_claims())}", "algorithm"),
    "HS256 with the public key": (f"Bearer {hs256_with_the_public_key()}", "algorithm"),
    "RS256 with an EC key": (f"Bearer {mint(RSA, 'ec')}", "algorithm"),
    "unknown kid": (f"Bearer {mint(EC, 'other')}", "unknown_key"),
    "wrong signature": (f"Bearer {mint(ec_key(), 'ec')}", "signature"),
    "wrong issuer": (f"Bearer {mint(EC, 'ec', iss='https://other.test')}", "issuer"),
    "wrong audience": (f"Bearer {mint(EC, 'ec', aud='customer-app')}", "audience"),
    "two audiences": (f"Bearer {mint(EC, 'ec', aud=['pos-terminal', 'enterprise-admin'])}", "audience"),
    "a subject that is no text": (f"Bearer {mint(EC, 'ec', sub=7)}", "claim:sub"),
    "a token's id that is no text": (f"Bearer {mint(EC, 'ec', jti=7)}", "claim:jti"),
    "an instant that is no number": (f"Bearer {mint(EC, 'ec', iat='today')}", "claim:iat"),
    "missing enterprise_id": (f"Bearer {mint(EC, 'ec', enterprise_id=None)}", "claim:enterprise_id"),
    "a till without merchant_id": (f"Bearer {mint(EC, 'ec', merchant_id=None)}", "claim:merchant_id"),
    "a till without branch_id": (f"Bearer {mint(EC, 'ec', branch_id=None)}", "claim:branch_id"),
    "a key separator": (f"Bearer {mint(EC, 'ec', enterprise_id='acme#x')}", "claim:enterprise_id"),
}


@pytest.mark.parametrize(("header", "reason"), REFUSED.values(), ids=REFUSED)
def test_401(authorize: Authorize, logged: Lines, header: str | None, reason: str) -> None:
    unauthorized(authorize, header)
    (line,) = logged()
    assert (line["operation"], line["status"], line["reason"]) == ("authorizer", 401, reason)


# ----------------------------------------------------------------------------------------------------- 403

ADMIN = {"aud": "enterprise-admin", "merchant_id": None, "branch_id": None}
DENIED: dict[str, tuple[dict[str, str | None], str]] = {
    "an enterprise that is not configured": ({"enterprise_id": "initech"}, "enterprise"),
    "a merchant that is not registered": ({"merchant_id": "east"}, "merchant"),
    "another enterprise's merchant": ({"merchant_id": "west", "branch_id": "west-1"}, "merchant"),
    "a branch that is not registered": ({"branch_id": "north-9"}, "branch"),
    "a branch that is disabled": ({"branch_id": "north-2"}, "branch"),
    "another merchant's branch": ({"branch_id": "south-1"}, "branch"),
    "another enterprise's branch": ({"branch_id": "west-1"}, "branch"),
    "an administrator of no enterprise": (ADMIN | {"enterprise_id": "initech"}, "enterprise"),
    "an administrator of an unknown merchant": (ADMIN | {"merchant_id": "east"}, "merchant"),
    "an administrator of a disabled branch": (ADMIN | {"merchant_id": "north", "branch_id": "north-2"}, "branch"),
    "an administrator of a branch but of no merchant": (ADMIN | {"branch_id": "north-1"}, "branch"),
}


@pytest.mark.parametrize(("claims", "missing"), DENIED.values(), ids=DENIED)
def test_403(
    authorize: Authorize,
    logged: Lines,
    claims: dict[str, str | None],
    missing: str,
) -> None:
    given = authorize(f"Bearer {mint(EC, 'ec', **claims)}")
    assert forbidden(given) == missing
    (line,) = logged()
    assert (line["operation"], line["status"], line["reason"]) == ("authorizer", 403, missing)


def forbidden(given: dict[str, Any]) -> str:
    """What is missing. The token is good, so it gets in, and the operation refuses it."""
    assert effect(given) == "Allow"
    assert set(given["context"]) == {"denied", "enterprise_id"}
    with pytest.raises(Forbidden, match=given["context"]["denied"]):
        Principal.of_context(given["context"])
    return str(given["context"]["denied"])


def test_what_is_registered_afterwards_comes_in(authorize: Authorize) -> None:
    header = f"Bearer {mint(EC, 'ec', branch_id='north-3')}"
    assert forbidden(authorize(header)) == "branch"
    post("acme", BranchChanged("north", "north-3", active=True))
    assert Principal.of_context(authorize(header)["context"]).branch == "north-3"


def test_who_is_refused_by_the_operation_is_a_403_that_says_why(authorize: Authorize) -> None:
    """Of every operation alike: none is reached."""
    context = authorize(f"Bearer {mint(EC, 'ec', branch_id='north-2')}")["context"]
    event = {"requestContext": {"requestId": "r", "authorizer": context}, "body": None, "pathParameters": None}
    operation = serve(LOOKUP_OPERATION, unreachable)
    answer = operation({**event, "multiValueQueryStringParameters": {"phone": ["+97433001122"]}}, None)
    error = json.loads(answer["body"])["error"]
    assert (answer["statusCode"], error["code"]) == (403, "FORBIDDEN")
    assert "its branch is not registered" in error["message"]


def unreachable(_call: object) -> Answer:
    raise AssertionError("it was let in")


# ----------------------------------------------------------------------------------------------------- 503


def undecided(authorize: Authorize, header: str) -> None:
    """No policy at all: the gateway has a 503 for that, and asks again the next time."""
    assert authorize(header) == {}


def test_without_the_table_nothing_is_decided(module: AuthorizerModule, logged: Lines) -> None:
    undecided(module.opened(JWKS=INLINE, ENTERPRISES_TABLE="Gone"), f"Bearer {mint(EC, 'ec')}")
    (line,) = logged()
    assert (line["status"], line["failed"], line["error"]) == (503, 1, "ResourceNotFoundException")


def test_without_keys_nothing_is_decided(module: AuthorizerModule, logged: Lines) -> None:
    with serving(jwks(KEYS)) as issuer:
        issuer.status = 503
        authorize = module.opened(JWKS_URL=issuer.url)
        undecided(authorize, f"Bearer {mint(EC, 'ec')}")
        unauthorized(authorize, f"Bearer {forge({'alg': 'none', 'kid': 'ec'}, usual_claims())}")
        assert len(issuer.visits) == 1
    assert [(line.get("status"), line.get("reason")) for line in logged()] == [
        (None, "HTTPError"),
        (503, None),
        (401, "algorithm"),
    ]


@pytest.mark.parametrize("wrong", [{"ISSUER": ""}, {"JWKS": ""}, {"JWKS": "e30"}, {"JWKS_URL": "http://identity.test"}])
def test_without_keys_or_issuer_the_module_does_not_load(module: AuthorizerModule, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"issuer|JWKS|Expecting value"):
        module.opened(**{"JWKS": INLINE, **wrong})


# -------------------------------------------------------------------------------------------- keys by URL


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def fetching(issuer: JwksServer, clock: Clock) -> Authorize:
    """The authorizer's own wiring, on a clock that a test can move."""
    find_key = JwksEndpoint(issuer.url, clock=clock).find
    return asking(authorizer(issuers=trusting(find_key), scope=Registry(dynamodb(), TABLE).scope))


def trusting(find_key: FindKey) -> dict[str, Issuer]:
    return {ISSUER: Issuer(ISSUER, find_key)}


def test_the_authorizer_fetches_the_keys_once(module: AuthorizerModule) -> None:
    with serving(jwks(KEYS)) as issuer:
        authorize = module.opened(JWKS_URL=issuer.url)
        for kid, key in KEYS.items():
            assert effect(authorize(f"Bearer {mint(key, kid)}")) == "Allow"
        assert len(issuer.visits) == 1


def test_keys_rotate_without_a_deploy() -> None:
    clock = Clock()
    with serving(jwks({"old": RSA})) as issuer:
        authorize = fetching(issuer, clock)
        assert effect(authorize(f"Bearer {mint(RSA, 'old')}")) == "Allow"
        unauthorized(authorize, f"Bearer {mint(ED, 'new')}")
        issuer.publish(jwks({"new": ED}))
        clock.now += REST
        assert effect(authorize(f"Bearer {mint(ED, 'new')}")) == "Allow"
        unauthorized(authorize, f"Bearer {mint(RSA, 'old')}")


def test_tills_work_on_while_the_issuer_is_down() -> None:
    clock = Clock()
    with serving(jwks(KEYS)) as issuer:
        authorize = fetching(issuer, clock)
        assert effect(authorize(f"Bearer {mint(EC, 'ec')}")) == "Allow"
        issuer.status = 500
        for _ in range(60):
            clock.now += 60
            assert effect(authorize(f"Bearer {mint(EC, 'ec')}")) == "Allow"


def test_a_flood_of_unknown_kids_is_401_each_and_one_fetch() -> None:
    with serving(jwks(KEYS)) as issuer:
        authorize = fetching(issuer, Clock())
        for number in range(50):
            unauthorized(authorize, f"Bearer {mint(EC, f'unknown-{number}')}")
        assert len(issuer.visits) == 1


# ----------------------------------------------------------------------------------------------- the log


def test_nothing_of_a_token_or_its_holder_is_logged(authorize: Authorize, logged: Lines) -> None:
    planted = {"sub": "layla@acme.test", "jti": "jti-4711", "name": "Layla Haddad", "phone_number": "+97433001122"}
    tokens = [
        mint(EC, "ec", **planted),
        mint(EC, "ec", **planted, exp=1),
        mint(EC, "ec", **planted, branch_id="north-2"),
        mint(EC, "layla@acme.test", **planted),
        mint(ec_key(), "ec", **planted),
    ]
    for token in tokens:
        authorize(f"Bearer {token}")
    assert [line["status"] for line in logged()] == [200, 401, 403, 401, 401]
    text = json.dumps(logged())
    for secret in (*planted.values(), *(part for token in tokens for part in token.split("."))):
        assert secret not in text


def test_a_line_says_which_request_and_how_long(authorize: Authorize, logged: Lines) -> None:
    authorize(f"Bearer {mint(EC, 'ec')}")
    (line,) = logged()
    assert (line["request_id"], line["enterprise_id"], line["failed"]) == ("0b5c", "acme", 0)
    assert line["duration_ms"] > 0


def test_a_flood_of_bad_tokens_is_a_line_each_and_no_trace(authorize: Authorize, logged: Lines) -> None:
    for number in range(170):
        unauthorized(authorize, f"Bearer {mint(ec_key(), 'ec')}" if number % 2 else "Bearer x")
    assert [line["status"] for line in logged()] == [401] * 170
    assert not [line for line in logged() if {"stack_trace", "exception", "raised_at"} & set(line)]


# ------------------------------------------------------------------------------------------------- fuzz


def unreached(enterprise: str, merchant: str | None, branch: str | None, token: tuple[str, str, str]) -> None:
    raise AssertionError("a token that nobody signed came as far as the registry")


FUZZED = asking(authorizer(issuers=trusting(usable_keys(jwks(KEYS)).get), scope=unreached))
GOOD = [mint(key, kid) for kid, key in KEYS.items()]
SCHEMES = st.sampled_from(["Bearer ", "bearer ", "Bearer", "Basic ", ""])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCHEMES, st.text() | st.text("aA0-_.=", min_size=1))
def test_any_text_is_401(scheme: str, text: str) -> None:
    unauthorized(FUZZED, scheme + text)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(GOOD), st.data())
def test_any_change_of_a_token_makes_it_a_401(token: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(token) - 1), label="at")
    put = data.draw(st.characters().filter(lambda other: other != token[at]), label="put")
    unauthorized(FUZZED, f"Bearer {token[:at]}{put}{token[at + 1 :]}")


def test_the_header_is_found_however_its_name_is_written() -> None:
    handler = authorizer(issuers=trusting(usable_keys(jwks(KEYS)).get), scope=Registry(dynamodb(), TABLE).scope)
    assert "context" in asking(handler, "authorization")(f"Bearer {mint(EC, 'ec')}")
