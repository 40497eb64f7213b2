"""Only what the issuer's key signed, with that key's own algorithm, is read at all."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.edge.auth.issuers import Issuer
from customers.edge.auth.jwks import FindKey, KeysUnavailable, usable_keys
from customers.edge.auth.tokens import MAX_LENGTH, TokenRefused, verified_payload
from tests.support.auth.keys import (
    ISSUER,
    PrivateKey,
    algorithm_of,
    ec_key,
    ed_key,
    forge,
    jwks,
    mint,
    rsa_key,
    usual_claims,
)

RSA, EC, ED = rsa_key(), ec_key(), ed_key()
PUBLISHED = jwks({"rsa": RSA, "ec": EC, "ed": ED})
find_key = usable_keys(PUBLISHED).get


def payload_of(token: str, find: FindKey = find_key) -> dict[str, Any]:
    """As the authorizer reads it, where one issuer is trusted."""
    _, payload = verified_payload(token, {ISSUER: Issuer(ISSUER, find)})
    return payload


def refusal(token: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        payload_of(token)
    return refused.value.reason


def by_rsa(signed: bytes) -> bytes:
    return RSA.sign(signed, padding.PKCS1v15(), hashes.SHA256())


# ------------------------------------------------------------------------------------------- what is read


@pytest.mark.parametrize(("key", "kid"), [(RSA, "rsa"), (EC, "ec"), (ED, "ed")])
def test_a_token_of_each_algorithm_is_read(key: PrivateKey, kid: str) -> None:
    assert payload_of(mint(key, kid, sub="till-9"))["sub"] == "till-9"


def test_a_forged_token_is_read_where_the_forger_has_the_key() -> None:
    """What the refusals below are compared with: `forge` makes tokens that only their fault spoils."""
    token = forge({"alg": "RS256", "kid": "rsa"}, usual_claims(sub="till-9"), by_rsa)
    assert payload_of(token)["sub"] == "till-9"


@pytest.mark.parametrize("claim", ["aud", "exp", "iat"])
def test_a_token_without_one_of_these_claims_is_refused_whatever_is_read_of_it_later(claim: str) -> None:
    assert refusal(mint(RSA, "rsa", **{claim: None})) == f"claim:{claim}"


# ---------------------------------------------------------------------------------------------- algorithms


def test_alg_none_is_refused() -> None:
    for alg in ("none", "None", "NONE", ""):
        assert refusal(forge({"alg": alg, "kid": "rsa"}, usual_claims())) == "algorithm"


def test_no_alg_is_refused() -> None:
    assert refusal(forge({"kid": "rsa"}, usual_claims(), by_rsa)) == "algorithm"


PUBLIC_PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PUBLIC_DER = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("secret", [PUBLIC_PEM, PUBLIC_DER, json.dumps(PUBLISHED["keys"][0]).encode(), b""])
def test_hs256_with_the_public_key_is_refused(secret: bytes) -> None:
    def by_secret(signed: bytes) -> bytes:
        return hmac.new(secret, signed, hashlib.sha256).digest()

    assert refusal(forge({"alg": "HS256", "kid": "rsa"}, usual_claims(), by_secret)) == "algorithm"
    assert refusal(forge({"alg": "RS256", "kid": "rsa"}, usual_claims(), by_secret)) == "signature"


@pytest.mark.parametrize(("alg", "kid"), [("RS256", "ec"), ("RS256", "ed"), ("ES256", "rsa"), ("EdDSA", "ec")])
def test_the_algorithm_of_another_kind_of_key_is_refused(alg: str, kid: str) -> None:
    assert refusal(forge({"alg": alg, "kid": kid}, usual_claims(), by_rsa)) == "algorithm"


@pytest.mark.parametrize(("alg", "digest"), [("RS512", hashes.SHA512()), ("RS384", hashes.SHA384())])
def test_the_right_key_with_a_longer_digest_is_refused(alg: str, digest: hashes.HashAlgorithm) -> None:
    def sign(signed: bytes) -> bytes:
        return RSA.sign(signed, padding.PKCS1v15(), digest)

    assert refusal(forge({"alg": alg, "kid": "rsa"}, usual_claims(), sign)) == "algorithm"


@pytest.mark.parametrize("alg", [None, 7, ["RS256"], {"RS256": 1}, "rs256", "RS256 "])
def test_an_odd_alg_is_refused(alg: Any) -> None:
    assert refusal(forge({"alg": alg, "kid": "rsa"}, usual_claims(), by_rsa)) == "algorithm"


# ----------------------------------------------------------------------------------------------- signatures


@pytest.mark.parametrize(("other", "kid"), [(rsa_key(number=2), "rsa"), (ec_key(), "ec"), (ed_key(), "ed")])
def test_another_key_under_a_known_kid_is_refused(other: PrivateKey, kid: str) -> None:
    assert refusal(mint(other, kid)) == "signature"


@pytest.mark.parametrize(("key", "kid"), [(RSA, "rsa"), (EC, "ec"), (ED, "ed")])
def test_changed_claims_are_refused(key: PrivateKey, kid: str) -> None:
    header, payload, _ = mint(key, kid, enterprise_id="acme").split(".")
    signature = mint(key, kid, enterprise_id="other").split(".")[2]
    assert refusal(f"{header}.{payload}.{signature}") == "signature"


@pytest.mark.parametrize(("key", "kid"), [(RSA, "rsa"), (EC, "ec"), (ED, "ed")])
@pytest.mark.parametrize("signature", [b"", b"\0", b"\0" * 64, b"\xff" * 64, b"\0" * 256, b"\xff" * 257])
def test_a_made_up_signature_is_refused(key: PrivateKey, kid: str, signature: bytes) -> None:
    header = {"alg": algorithm_of(key), "kid": kid}
    assert refusal(forge(header, usual_claims(), lambda _: signature)) == "signature"


def test_an_ec_signature_in_der_is_refused() -> None:
    token = forge({"alg": "ES256", "kid": "ec"}, usual_claims(), lambda s: EC.sign(s, ec.ECDSA(hashes.SHA256())))
    assert refusal(token) == "signature"


# -------------------------------------------------------------------------------------------- which key


@pytest.mark.parametrize("kid", ["", "rsa ", "RSA", "../rsa", "k" * 2000])
def test_an_unknown_kid_is_refused(kid: str) -> None:
    assert refusal(mint(RSA, kid)) == "unknown_key"


@pytest.mark.parametrize("header", [{}, {"kid": None}, {"kid": 7}, {"kid": ["rsa"]}, {"kid": {"rsa": 1}}])
def test_no_kid_or_an_odd_one_is_refused(header: dict[str, Any]) -> None:
    assert refusal(forge({"alg": "RS256", **header}, usual_claims(), by_rsa)) == "unknown_key"


def test_a_key_that_the_token_brings_is_not_used() -> None:
    thief = rsa_key(number=2)
    token = forge(
        {"alg": "RS256", "kid": "thief", "jwk": jwks({"thief": thief})["keys"][0], "jku": "https://thief.test"},
        usual_claims(),
        lambda signed: thief.sign(signed, padding.PKCS1v15(), hashes.SHA256()),
    )
    assert refusal(token) == "unknown_key"


def test_keys_that_cannot_be_had_are_no_verdict_on_the_token() -> None:
    def unavailable(kid: str) -> None:
        raise KeysUnavailable

    with pytest.raises(KeysUnavailable):
        payload_of(mint(RSA, "rsa"), unavailable)


# -------------------------------------------------------------------------------------------- not a token

GOOD = mint(ED, "ed")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "garbage",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        f" {GOOD}",
        f"{GOOD}\n",
        f"{GOOD}=",
        f"{GOOD}\ud800",
        f"{GOOD},{GOOD}",
        GOOD.replace(".", ".\u200b", 1),
        GOOD.replace(".", ".\ud800", 1),
        GOOD.replace("e", "\u0435", 1),
    ],
)
def test_text_that_is_no_token_is_refused(text: str) -> None:
    assert refusal(text) == "malformed"


@pytest.mark.parametrize("header", [b"", b"{", b"null", b"[]", b"7", b'"RS256"', b"\xff\xfe", b"[" * 3000, b"{" * 3000])
def test_a_header_that_is_no_object_is_refused(header: bytes) -> None:
    assert refusal(forge(header, usual_claims(), by_rsa)) == "malformed"


@pytest.mark.parametrize(
    "payload", [b"{", b"null", b"[]", b"7", b'"claims"', b"\xff\xfe", b"[" * 4000, b"{" * 4000, b"9" * 5000]
)
def test_a_signed_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    assert refusal(forge({"alg": "RS256", "kid": "rsa"}, payload, by_rsa)) == "malformed"


@pytest.mark.parametrize("extra", [{"crit": ["exp"], "exp": 1}, {"crit": "b64"}, {"b64": False}, {"crit": []}])
def test_a_header_that_asks_for_what_is_not_understood_is_refused(extra: dict[str, Any]) -> None:
    assert refusal(forge({"alg": "RS256", "kid": "rsa", **extra}, usual_claims(), by_rsa)) == "malformed"


def test_a_token_over_8_kib_is_refused_before_it_is_looked_at() -> None:
    header = {"alg": "RS256", "kid": "rsa"}
    room = MAX_LENGTH * 3 // 4 - 900
    longest = forge(header, usual_claims(pad="x" * room), by_rsa)
    assert len(longest) < MAX_LENGTH
    assert payload_of(longest)
    for token in (forge(header, usual_claims(pad="x" * (room + 900)), by_rsa), "x" * (MAX_LENGTH + 1)):
        assert refusal(token) == "too_long"
    assert refusal("x" * MAX_LENGTH) == "malformed"


def test_a_repeated_name_in_signed_json_is_no_crash() -> None:
    twice = json.dumps(usual_claims()).replace('"aud":', '"aud": "enterprise-admin", "aud":', 1)
    token = forge({"alg": "RS256", "kid": "rsa"}, twice.encode(), by_rsa)
    assert payload_of(token)["aud"] == "pos-terminal"


# ------------------------------------------------------------------------------------------------- fuzz


UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNHURRIED
@given(st.text() | st.from_regex(r"[\w-]+\.[\w-]+\.[\w-]*", fullmatch=True))
def test_arbitrary_text_is_refused(text: str) -> None:
    assert refusal(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@UNHURRIED
@given(
    header=st.fixed_dictionaries(
        {},
        optional={"alg": JSON | st.just("RS256"), "kid": JSON | st.just("rsa"), "crit": JSON, "b64": JSON, "zip": JSON},
    ),
    payload=JSON,
)
def test_arbitrary_json_without_a_signature_is_refused(header: Any, payload: Any) -> None:
    assert refusal(forge(header, payload))


@UNHURRIED
@given(st.sampled_from([mint(RSA, "rsa"), mint(EC, "ec"), GOOD]), st.data())
def test_a_token_in_which_anything_was_changed_is_refused(token: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(token) - 1), label="at")
    length = data.draw(st.integers(0, 3), label="length")
    put = data.draw(st.text("ABCabc019-_.=\n\u00e9", max_size=3) | st.text(max_size=3), label="put")
    changed = token[:at] + put + token[at + length :]
    if changed == token:
        assert payload_of(changed)
    else:
        assert refusal(changed)
