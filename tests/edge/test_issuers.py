"""Several issuers side by side: each has its keys, audiences and claims, and none can issue a token of another."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest

from customers.edge.auth.claims import Claims, read_claims
from customers.edge.auth.issuers import Issuer, trusted_issuers
from customers.edge.auth.tokens import TokenRefused, verified_payload
from tests.support.auth.keys import PrivateKey, algorithm_of, ec_key, inline, jwks, rsa_key, usual_claims

TILLS, PEOPLE = "https://tills.test", "https://people.test"
OF_TILLS, OF_PEOPLE, THEIRS = ec_key(), ec_key(), rsa_key()
SHARED = "key-1"
"""Both issuers have a key with this `kid`."""
IDENTITY_PROVIDER = {
    "issuer": PEOPLE,
    "jwks": jwks({SHARED: OF_PEOPLE, "people": THEIRS}),
    "audiences": {"enterprise-admin": ["portal"]},
    "audience_claim": "client_id",
    "claims": {"permissions": "groups"},
    "permissions": {"officers": ["customer:EXPORT"]},
    "require": {"token_use": "access"},
    "lifetime_seconds": {"enterprise-admin": 3600},
}


def listed(*entries: Any) -> dict[str, str]:
    return {"ISSUERS": base64.urlsafe_b64encode(json.dumps(entries).encode()).decode().rstrip("=")}


@pytest.fixture(scope="module")
def trusted() -> dict[str, Issuer]:
    tills = {"ISSUER": TILLS, "JWKS": inline(jwks({SHARED: OF_TILLS, "tills": OF_TILLS}))}
    return trusted_issuers({**tills, **listed(IDENTITY_PROVIDER)})


def a_till(**more: Any) -> dict[str, Any]:
    return usual_claims(**{"iss": TILLS, **more})


def an_officer(**more: Any) -> dict[str, Any]:
    usual = {"iss": PEOPLE, "aud": None, "client_id": "portal", "token_use": "access", "groups": ["officers"]}
    return usual_claims(**{**usual, "merchant_id": None, "branch_id": None, **more})


def read(trusted: dict[str, Issuer], claims: dict[str, Any], key: PrivateKey, kid: str) -> Claims:
    """As the authorizer reads it: the signature first, then the claims."""
    from datetime import UTC, datetime

    token = jwt.encode(claims, key, algorithm=algorithm_of(key), headers={"kid": kid})
    issuer, payload = verified_payload(token, trusted)
    return read_claims(payload, issuer=issuer, at=datetime.now(UTC))


def test_both_come_in_each_by_its_own_key_under_one_kid(trusted: dict[str, Issuer]) -> None:
    till = read(trusted, a_till(), OF_TILLS, SHARED)
    assert (till.issuer, till.audience, till.permissions) == (TILLS, "pos-terminal", frozenset())
    officer = read(trusted, an_officer(), OF_PEOPLE, SHARED)
    assert (officer.issuer, officer.audience) == (PEOPLE, "enterprise-admin")
    assert officer.permissions == {"customer:EXPORT"}


CONFUSED: dict[str, tuple[dict[str, Any], PrivateKey, str, str]] = {
    "the tills' key signs an officer, by the kid that both have": (an_officer(), OF_TILLS, SHARED, "signature"),
    "the people's key signs a till, by the kid that both have": (a_till(), OF_PEOPLE, SHARED, "signature"),
    "the tills' key signs an officer, by its own kid": (an_officer(), OF_TILLS, "tills", "unknown_key"),
    "the people's key signs a till, by its own kid": (a_till(), THEIRS, "people", "unknown_key"),
    "the people's key signs an administrator of the tills' issuer": (
        a_till(aud="enterprise-admin", merchant_id=None, branch_id=None, permissions=["customer:EXPORT"]),
        OF_PEOPLE,
        SHARED,
        "signature",
    ),
    "a till's audience from the people's issuer": (an_officer(client_id="pos-terminal"), OF_PEOPLE, SHARED, "audience"),
    "our own word for an audience where the issuer has another": (
        an_officer(client_id="enterprise-admin"),
        OF_PEOPLE,
        SHARED,
        "audience",
    ),
    "the audience in the claim of the other issuer": (
        an_officer(client_id=None, aud="portal"),
        OF_PEOPLE,
        SHARED,
        "audience",
    ),
    "the people's audience from the tills' issuer": (a_till(aud="portal"), OF_TILLS, SHARED, "audience"),
    "a till's token with the people's claims beside its own": (
        a_till(aud=None, client_id="portal", token_use="access", groups=["officers"]),
        OF_TILLS,
        SHARED,
        "claim:aud",
    ),
    "an identity token of the people's issuer": (an_officer(token_use="id"), OF_PEOPLE, SHARED, "claim:token_use"),
    "a life that the other issuer may give": (an_officer(exp=2_000_000_000), OF_PEOPLE, SHARED, "lifetime"),
    "an issuer that nobody trusts": (a_till(iss="https://tills.test.evil"), OF_TILLS, SHARED, "issuer"),
    "an issuer's name with a slash more": (a_till(iss=f"{TILLS}/"), OF_TILLS, SHARED, "issuer"),
    "an issuer's name in capitals": (a_till(iss=TILLS.upper()), OF_TILLS, SHARED, "issuer"),
    "a part of an issuer's name": (a_till(iss="https://tills"), OF_TILLS, SHARED, "issuer"),
    "no issuer": (a_till(iss=None), OF_TILLS, SHARED, "issuer"),
    "both issuers in a list": (a_till(iss=[TILLS, PEOPLE]), OF_TILLS, SHARED, "issuer"),
    "an issuer that is an object": (a_till(iss={"iss": TILLS}), OF_TILLS, SHARED, "issuer"),
}


@pytest.mark.parametrize("case", CONFUSED)
def test_no_issuer_issues_a_token_of_another(trusted: dict[str, Issuer], case: str) -> None:
    claims, key, kid, reason = CONFUSED[case]
    # PyJWT itself refuses to sign an issuer that is no text.
    if isinstance(claims.get("iss"), str | None):
        with pytest.raises(TokenRefused, match=f"^{reason}$"):
            read(trusted, claims, key, kid)
    else:
        from tests.support.auth.keys import forge

        with pytest.raises(TokenRefused, match=f"^{reason}$"):
            verified_payload(forge({"alg": "ES256", "kid": kid}, claims), trusted)


def test_a_permission_by_its_usual_name_is_worth_nothing_from_an_issuer_with_groups(
    trusted: dict[str, Issuer],
) -> None:
    officer = read(trusted, an_officer(permissions=["customer:DELETE"], groups=["customer:DELETE"]), OF_PEOPLE, SHARED)
    assert officer.permissions == frozenset()


def test_an_issuer_of_one_enterprise_speaks_for_no_other() -> None:
    entry = {**IDENTITY_PROVIDER, "enterprises": ["acme"]}
    trusted = trusted_issuers(listed(entry))
    assert read(trusted, an_officer(), OF_PEOPLE, SHARED).enterprise == "acme"
    with pytest.raises(TokenRefused, match="claim:enterprise_id"):
        read(trusted, an_officer(enterprise_id="globex"), OF_PEOPLE, SHARED)


WRONG: dict[str, tuple[Any, str]] = {
    "nobody": ([], "no issuer is named"),
    "twice": ([IDENTITY_PROVIDER, IDENTITY_PROVIDER], "named twice"),
    "no list": ({"issuer": PEOPLE}, "JSON list"),
    "no name": ([{**IDENTITY_PROVIDER, "issuer": ""}], "field issuer"),
    "no object": ([PEOPLE], "field issuer"),
    "an unknown field": ([{**IDENTITY_PROVIDER, "audience": "portal"}], "no field audience"),
    "no keys": ([{**IDENTITY_PROVIDER, "jwks": None}], "JWKS|Expecting value"),
    "keys over http": ([{**IDENTITY_PROVIDER, "jwks": None, "jwks_url": "http://people.test/keys"}], "https"),
    "no audiences": ([{**IDENTITY_PROVIDER, "audiences": {}}], "needs audiences"),
    "audiences that we have not": ([{**IDENTITY_PROVIDER, "audiences": {"customer": ["x"]}}], "needs audiences"),
    "one value for both": (
        [{**IDENTITY_PROVIDER, "audiences": {"enterprise-admin": ["x"], "pos-terminal": ["x"]}}],
        "one audience only",
    ),
    "a claim that we have not": ([{**IDENTITY_PROVIDER, "claims": {"email": "mail"}}], "no email"),
    "a claim that is no text": ([{**IDENTITY_PROVIDER, "claims": {"subject": 7}}], "claims must be texts by name"),
    "what is required as a list": ([{**IDENTITY_PROVIDER, "require": ["x"]}], "require must be texts by name"),
    "a group without a list": ([{**IDENTITY_PROVIDER, "permissions": {"officers": "all"}}], "list for each group"),
    "an endless life": ([{**IDENTITY_PROVIDER, "lifetime_seconds": {"enterprise-admin": 0}}], "whole seconds"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_list_of_issuers_that_is_wrong_does_not_start(case: str) -> None:
    entries, message = WRONG[case]
    environment = (
        listed(*entries)
        if isinstance(entries, list)
        else {"ISSUERS": base64.urlsafe_b64encode(json.dumps(entries).encode()).decode()}
    )
    with pytest.raises(ValueError, match=message):
        trusted_issuers(environment)


def test_the_same_issuer_alone_and_in_the_list_does_not_start() -> None:
    alone = {"ISSUER": PEOPLE, "JWKS": inline(jwks({"k": OF_TILLS}))}
    with pytest.raises(ValueError, match="named twice"):
        trusted_issuers({**alone, **listed(IDENTITY_PROVIDER)})
