"""Where keys come from, which of them count, and what happens while nobody publishes them."""

from __future__ import annotations

import math
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from bench.certificates import certificate
from customers.edge.auth.jwks import (
    COLD_REST,
    FRESH,
    REST,
    STALE,
    FindKey,
    JwksEndpoint,
    KeysUnavailable,
    trusted_keys,
    usable_keys,
)
from tests.support.auth.jwks_server import JwksServer, serving
from tests.support.auth.keys import ec_key, ed_key, inline, jwk, jwks, rsa_key
from tests.support.dynamodb.misbehaving import answers
from tests.support.dynamodb.misbehaving import serving as tls_serving

OLD, NEW = ec_key(), ed_key()
RSA = rsa_key()


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer() -> Iterator[JwksServer]:
    with serving(jwks({"old": OLD})) as server:
        yield server


@pytest.fixture
def find(issuer: JwksServer, clock: Clock) -> FindKey:
    return JwksEndpoint(issuer.url, clock=clock).find


# ---------------------------------------------------------------------------------------- which keys count


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (OLD, "ES256"), (NEW, "EdDSA")])
@pytest.mark.parametrize("left_out", [{}, {"use": None, "alg": None}])
def test_a_key_decides_its_algorithm(key: Any, algorithm: str, left_out: dict[str, None]) -> None:
    found = usable_keys({"keys": [jwk(key, "k", **left_out)]})
    assert {kid: key.algorithm_name for kid, key in found.items()} == {"k": algorithm}


P384 = ec.generate_private_key(ec.SECP384R1())
PRIVATE_EC = ECAlgorithm.to_jwk(OLD, as_dict=True)
PRIVATE_RSA = RSAAlgorithm.to_jwk(RSA, as_dict=True) | {"key_ops": ["verify"]}


@pytest.mark.parametrize(
    "useless",
    [
        pytest.param(jwk(OLD, "k", use="enc"), id="for encryption"),
        pytest.param(jwk(OLD, "k", key_ops=["deriveKey"]), id="for another operation"),
        pytest.param(jwk(RSA, "k", alg="RSA-OAEP"), id="for an encryption algorithm"),
        pytest.param(jwk(RSA, "k", alg="PS256"), id="for PS256"),
        pytest.param(jwk(RSA, "k", alg="HS256"), id="for HS256"),
        pytest.param(jwk(RSA, "k", alg="none"), id="for no algorithm"),
        pytest.param(jwk(rsa_key(1024), "k"), id="RSA of 1024 bits"),
        pytest.param(ECAlgorithm.to_jwk(P384.public_key(), as_dict=True) | {"kid": "k"}, id="P-384"),
        pytest.param(
            ECAlgorithm.to_jwk(P384.public_key(), as_dict=True) | {"kid": "k", "alg": "ES256"}, id="P-384 as ES256"
        ),
        pytest.param({"kty": "OKP", "crv": "Ed448", "x": "A" * 76, "kid": "k"}, id="Ed448"),
        pytest.param({"kty": "oct", "k": "c2VjcmV0", "kid": "k"}, id="a shared secret"),
        pytest.param(PRIVATE_EC | {"kid": "k"}, id="a published private EC key"),
        pytest.param(PRIVATE_RSA | {"kid": "k"}, id="a published private RSA key"),
        pytest.param(jwk(OLD, "k", kid=None), id="no kid"),
        pytest.param(jwk(OLD, "k", kid=7), id="a kid that is no text"),
        pytest.param(jwk(OLD, ""), id="an empty kid"),
        pytest.param(jwk(OLD, "k", x="AA"), id="off the curve"),
        pytest.param(jwk(OLD, "k", x=7), id="a coordinate that is no text"),
        pytest.param(jwk(RSA, "k", n=None), id="half a key"),
        pytest.param(jwk(OLD, "k", kty=["EC"]), id="a type that is a list"),
        pytest.param(jwk(OLD, "k", key_ops=7), id="operations that are a number"),
        pytest.param("EC", id="text"),
        pytest.param(None, id="null"),
    ],
)
def test_a_key_that_signs_nothing_here_is_passed_over(useless: Any) -> None:
    assert set(usable_keys({"keys": [useless, jwk(NEW, "new")]})) == {"new"}
    with pytest.raises(ValueError, match="no usable key"):
        usable_keys({"keys": [useless]})


@pytest.mark.parametrize("document", [None, [], "keys", {}, {"keys": None}, {"keys": "k"}, {"keys": 7}, {"keys": []}])
def test_what_is_not_a_jwks_is_an_error(document: Any) -> None:
    with pytest.raises(ValueError, match="JWKS"):
        usable_keys(document)


ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.just({"a": 1})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([jwk(RSA, "k"), jwk(OLD, "k"), jwk(NEW, "k")]),
    st.dictionaries(st.sampled_from(["kty", "crv", "kid", "use", "alg", "key_ops", "n", "e", "x", "y", "d"]), ODD),
)
def test_no_odd_key_keeps_the_others_from_being_used(key: dict[str, Any], odd: dict[str, Any]) -> None:
    assert "new" in usable_keys({"keys": [key | odd, jwk(NEW, "new")]})


# ----------------------------------------------------------------------------------------------- given inline


def test_inline_keys_need_no_endpoint() -> None:
    find = trusted_keys(url="", inline=inline(jwks({"old": OLD})))
    assert find("old") is find("old") is not None
    assert find("other") is None


@pytest.mark.parametrize("nothing", ["", "e30", "%%%", inline({"keys": []})])
def test_a_system_without_keys_does_not_start(nothing: str) -> None:
    with pytest.raises(ValueError, match=r"JWKS|Expecting value"):
        trusted_keys(url="", inline=nothing)


# ----------------------------------------------------------------------------------------- fetched and kept


def test_the_endpoint_is_asked_when_the_first_token_comes_and_not_again(issuer: JwksServer) -> None:
    find = trusted_keys(url=issuer.url, inline="")
    assert issuer.visits == []
    assert find("old") is find("old") is not None
    assert issuer.visits == ["/jwks.json"]


def test_a_new_key_is_found_without_a_deploy(issuer: JwksServer, find: FindKey, clock: Clock) -> None:
    find("old")
    issuer.publish(jwks({"old": OLD, "new": NEW}))
    clock.now += REST
    assert find("new") is not None
    assert find("old") is not None
    assert len(issuer.visits) == 2


def test_a_withdrawn_key_is_trusted_for_five_minutes_at_most(issuer: JwksServer, find: FindKey, clock: Clock) -> None:
    find("old")
    issuer.publish(jwks({"new": NEW}))
    clock.now += 299
    assert find("old") is not None
    clock.now += 1
    assert find("old") is None


def test_a_flood_of_unknown_kids_fetches_once_per_rest(issuer: JwksServer, find: FindKey, clock: Clock) -> None:
    for second in range(10 * REST):
        clock.now = 1_000.0 + second
        assert find(f"unknown-{second}") is None
    assert len(issuer.visits) == 10


# ------------------------------------------------------------------------------------------ nobody answers


def _broken(server: JwksServer, how: str) -> None:
    match how:
        case "503":
            server.status = 503
        case "html":
            server.body = b"<html>maintenance</html>"
        case "latin-1":
            server.body = b"\xff\xfe\xfa"
        case "list":
            server.publish([])
        case "no keys":
            server.publish({"keys": []})
        case "deep":
            server.body = b"[" * 100_000
        case "reset":
            server.resets = True
        case "redirect":
            server.status, server.location = 302, server.url.replace("jwks", "elsewhere")


BROKEN = ["503", "html", "latin-1", "list", "no keys", "deep", "reset", "redirect"]


@pytest.mark.parametrize("how", BROKEN)
def test_known_keys_serve_while_the_endpoint_fails(issuer: JwksServer, find: FindKey, clock: Clock, how: str) -> None:
    known = find("old")
    _broken(issuer, how)
    clock.now += STALE - 1
    assert find("old") is known is not None
    assert issuer.visits == ["/jwks.json"] * 2


@pytest.mark.parametrize("how", BROKEN)
def test_without_keys_a_failing_endpoint_is_no_verdict_on_the_token(
    issuer: JwksServer, find: FindKey, how: str
) -> None:
    _broken(issuer, how)
    with pytest.raises(KeysUnavailable):
        find("old")
    assert issuer.visits == ["/jwks.json"]


def test_known_keys_serve_for_a_day_at_most(issuer: JwksServer, find: FindKey, clock: Clock) -> None:
    find("old")
    issuer.status = 503
    clock.now += 24 * 60 * 60
    with pytest.raises(KeysUnavailable):
        find("old")


def test_known_keys_end_after_a_day_also_between_two_tries(issuer: JwksServer, find: FindKey, clock: Clock) -> None:
    find("old")
    issuer.status = 503
    clock.now += STALE - 1
    assert find("old") is not None
    clock.now += 1
    with pytest.raises(KeysUnavailable):
        find("old")


def test_a_failing_endpoint_is_asked_once_per_rest(issuer: JwksServer, find: FindKey, clock: Clock) -> None:
    find("old")
    issuer.status = 503
    issuer.visits.clear()
    for second in range(10 * REST):
        clock.now = 1_000.0 + FRESH + second
        assert find("old") is not None
    assert len(issuer.visits) == 10


def test_a_failing_endpoint_is_asked_a_little_more_often_while_there_are_no_keys(
    issuer: JwksServer, find: FindKey, clock: Clock
) -> None:
    issuer.status = 503
    for second in range(10 * COLD_REST):
        clock.now = 1_000.0 + second
        with pytest.raises(KeysUnavailable):
            find("old")
    assert len(issuer.visits) == 10


def test_an_unknown_kid_is_no_verdict_while_the_endpoint_fails(issuer: JwksServer, find: FindKey, clock: Clock) -> None:
    find("old")
    issuer.status = 503
    clock.now += REST
    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            find("new")


def test_an_endpoint_that_recovers_is_trusted_anew(issuer: JwksServer, find: FindKey, clock: Clock) -> None:
    issuer.status = 503
    with pytest.raises(KeysUnavailable):
        find("old")
    issuer.status = 200
    clock.now += COLD_REST
    assert find("old") is not None
    assert find("unknown") is None


def test_a_refused_connection_is_no_verdict(clock: Clock) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        find = JwksEndpoint(f"http://127.0.0.1:{unheard.getsockname()[1]}/", clock=clock).find
        with pytest.raises(KeysUnavailable):
            find("old")


def test_an_endpoint_that_never_answers_is_left(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(KeysUnavailable):
            JwksEndpoint(url, timeout=0.05, clock=clock).find("old")
        assert time.monotonic() - began < 2


def test_the_clock_may_start_anywhere(issuer: JwksServer) -> None:
    assert JwksEndpoint(issuer.url, clock=Clock(0.0)).find("old") is not None
    assert JwksEndpoint(issuer.url, clock=Clock(-math.pi)).find("old") is not None


# ---------------------------------------------------------------------------------------------- over what


@pytest.mark.parametrize(
    "url",
    [
        "http://identity.test/jwks",
        "http://127.0.0.1.identity.test/jwks",
        "http://localhost@identity.test/jwks",
        "file:///etc/passwd",
        "ftp://localhost/jwks",
        "identity.test/jwks",
    ],
)
def test_a_url_that_an_eavesdropper_could_answer_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        trusted_keys(url=url, inline="")


@pytest.mark.parametrize("url", ["https://identity.test/jwks", "http://localhost:1/jwks", "http://[::1]:1/jwks"])
def test_https_and_this_machine_are_fine(url: str) -> None:
    JwksEndpoint(url)


def test_an_endpoint_is_trusted_by_the_contexts_of_the_process_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "server.pem").write_bytes(certificate("127.0.0.1"))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(tmp_path / "server.pem")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
    with tls_serving(answers(jwks({"old": OLD})), tls=served) as server:
        url = f"https://127.0.0.1:{server.port}/jwks.json"
        with pytest.raises(KeysUnavailable):
            JwksEndpoint(url).find("old")
        assert server.requests == []
        monkeypatch.setattr("customers.edge.auth.jwks.tls_context", lambda: trusting)
        assert JwksEndpoint(url).find("old")
