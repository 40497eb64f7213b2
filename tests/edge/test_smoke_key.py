"""The key of the smoke test: trusted for an hour, for its own enterprise, and never in the way of a till."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from admin.account import smoke_key as made_by
from customers.edge.auth.claims import Claims, read_claims
from customers.edge.auth.smoke_key import ISSUER, LIVES, all_trusted, smoke_issuer
from customers.edge.auth.tokens import TokenRefused
from tests.support.auth.keys import ISSUER as TILLS
from tests.support.auth.keys import ec_key, inline, jwks, usual_claims

BEGINS = 1_800_000_000
OWN = "smoke-0123456789ab"
(JWK,) = jwks({"smoke": ec_key()})["keys"]
ENVIRONMENT = {"ISSUER": TILLS, "JWKS_URL": "", "JWKS": inline(jwks({"key": ec_key()}))}


def parameter(**fields: Any) -> str:
    entry = {"jwk": JWK, "enterprise": OWN, "from": BEGINS, **fields}
    return base64.urlsafe_b64encode(json.dumps(entry).encode()).rstrip(b"=").decode()


def read(at: float, **claims: Any) -> Claims:
    issued = {"iss": ISSUER, "iat": int(at), "exp": int(at) + 1800, "enterprise_id": OWN}
    payload = usual_claims(**{**issued, **claims})
    return read_claims(payload, issuer=smoke_issuer(parameter()), at=datetime.fromtimestamp(at, UTC))


def refusal(at: float, **claims: Any) -> str:
    with pytest.raises(TokenRefused) as refused:
        read(at, **claims)
    return refused.value.reason


def test_its_tokens_are_good_within_its_hour_and_not_a_moment_longer() -> None:
    assert LIVES == 3600
    for at in (BEGINS, BEGINS + LIVES - 0.001):
        assert read(at).enterprise == OWN
    for at in (BEGINS - 0.001, BEGINS + LIVES, BEGINS + 10**6):
        assert refusal(at) == "issuer_not_valid_now"


def test_the_gateway_s_memory_of_a_token_ends_with_the_hour_too() -> None:
    """Each operation looks at `expires_at`, whatever the gateway remembers."""
    assert read(BEGINS).expires_at == datetime.fromtimestamp(BEGINS + 1805, UTC)
    assert read(BEGINS + 3000).expires_at == datetime.fromtimestamp(BEGINS + LIVES, UTC)


def test_it_speaks_for_its_own_enterprise_alone() -> None:
    assert refusal(BEGINS, enterprise_id="acme") == "claim:enterprise_id"
    assert refusal(BEGINS, enterprise_id="smoke-ba9876543210") == "claim:enterprise_id"


@pytest.mark.parametrize(
    "wrong",
    [
        {"enterprise": "acme"},
        {"enterprise": "smoke-0123456789ab "},
        {"enterprise": "11111111-1111-1111-1111-111111111111"},
        {"enterprise": None},
        {"from": "now"},
        {"from": True},
        {"until": BEGINS + 10**6},
        {"jwk": {**JWK, "d": "private"}},
        {"jwk": {**JWK, "kty": "oct"}},
    ],
)
def test_a_parameter_that_says_more_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"smoke key|JWKS"):
        smoke_issuer(parameter(**wrong))
    assert set(all_trusted({**ENVIRONMENT, "SMOKE_KEY": parameter(**wrong)})) == {TILLS}


@pytest.mark.parametrize("text", ["x", "AAAA", "W10", "bnVsbA", "eyJmcm9tIjox"])
def test_a_parameter_that_cannot_be_read_stops_no_till(text: str) -> None:
    assert set(all_trusted({**ENVIRONMENT, "SMOKE_KEY": text})) == {TILLS}


def test_it_is_trusted_beside_the_others_and_replaces_none() -> None:
    assert set(all_trusted({**ENVIRONMENT, "SMOKE_KEY": parameter()})) == {TILLS, ISSUER}
    assert set(all_trusted({**ENVIRONMENT, "SMOKE_KEY": ""})) == set(all_trusted(ENVIRONMENT)) == {TILLS}
    own = all_trusted({**ENVIRONMENT, "ISSUER": ISSUER, "SMOKE_KEY": parameter()})[ISSUER]
    assert own.find_key("smoke") is None


def test_the_command_makes_what_the_authorizer_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (made_by.ISSUER, made_by.LIVES) == (ISSUER, LIVES)
    monkeypatch.setattr(made_by, "FOLDER", tmp_path)
    clock = [float(BEGINS)]
    monkeypatch.setattr("admin.account.smoke_key.time.time", lambda: clock[0])
    assert made_by.held("customers") is None
    first = made_by.parameter("customers")
    held = made_by.held("customers")
    assert held
    issuer = smoke_issuer(first)
    assert issuer.find_key(held.kid)
    assert (issuer.enterprises, issuer.valid) == ((held.enterprise,), (BEGINS, BEGINS + LIVES))
    assert held.enterprise != made_by.enterprise_of("customers-staging")
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    # The two passes of a first deploy have one key. A later deploy has another, with an hour of its own.
    clock[0] += 600
    assert made_by.parameter("customers") == first
    clock[0] += 1
    assert made_by.parameter("customers") != first
    clock[0] += LIVES
    assert made_by.held("customers") is None
