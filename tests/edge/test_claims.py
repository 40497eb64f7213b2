"""A signed token still has to be for us, now, and say who calls."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.edge.auth.claims import LEEWAY, Claims, read_claims
from customers.edge.auth.issuers import Issuer
from customers.edge.auth.tokens import TokenRefused
from tests.support.auth.keys import ISSUER, usual_claims

NOW = 1_800_000_000
AT = datetime.fromtimestamp(NOW, UTC)
TRUSTED = Issuer(ISSUER, lambda _kid: None)


def read(**claims: Any) -> Claims:
    payload = usual_claims(**{"iat": NOW - 60, "exp": NOW + 600, **claims})
    return read_claims(payload, issuer=TRUSTED, at=AT)


def admin(**claims: Any) -> Claims:
    return read(**{"aud": "enterprise-admin", "merchant_id": None, "branch_id": None, **claims})


def refusal(**claims: Any) -> str:
    with pytest.raises(TokenRefused) as refused:
        read(**claims)
    return refused.value.reason


# ----------------------------------------------------------------------------------------------- who calls


def test_a_till() -> None:
    assert read(jti="token-1") == Claims(
        audience="pos-terminal",
        issuer=ISSUER,
        subject="till-7",
        jti="token-1",
        enterprise="acme",
        merchant="north",
        branch="north-1",
        permissions=frozenset(),
        expires_at=datetime.fromtimestamp(NOW + 600 + LEEWAY, UTC),
        issued_at=datetime.fromtimestamp(NOW - 60, UTC),
    )


def test_an_administrator_of_the_whole_enterprise() -> None:
    till = read(jti="token-1")
    assert admin(jti="token-1", permissions=["customer:EXPORT"]) == replace(
        till, audience="enterprise-admin", merchant=None, branch=None, permissions=frozenset({"customer:EXPORT"})
    )


def test_an_administrator_of_one_branch() -> None:
    caller = admin(merchant_id="north", branch_id="north-1")
    assert (caller.merchant, caller.branch) == ("north", "north-1")


def test_an_administrator_without_permissions_has_none() -> None:
    assert admin().permissions == frozenset()
    assert admin(permissions=[]).permissions == frozenset()


def test_a_till_has_no_permissions_whatever_its_token_says() -> None:
    for permissions in (["customer:EXPORT"], "customer:EXPORT", 7):
        assert read(permissions=permissions).permissions == frozenset()


def test_permissions_of_other_products_give_nothing() -> None:
    foreign = ["reports/*", "read all", "a b:c", "", "p" * 65, "\ud800", "x\n"]
    assert admin(permissions=["customer:STATS", *foreign]).permissions == {"customer:STATS"}


@pytest.mark.parametrize("permissions", ["customer:EXPORT", {"customer:EXPORT": True}, [["customer:EXPORT"]], [7], 7])
def test_permissions_that_are_no_list_of_texts_are_refused(permissions: Any) -> None:
    assert refusal(aud="enterprise-admin", permissions=permissions) == "claim:permissions"


# ----------------------------------------------------------------------------------------------- from whom


@pytest.mark.parametrize("iss", [None, "", f"{ISSUER}/", ISSUER.upper(), "https://other.test", [ISSUER], 7])
def test_another_issuer_is_refused(iss: Any) -> None:
    assert refusal(iss=iss) == "issuer"


@pytest.mark.parametrize("aud", ["pos-terminal", "enterprise-admin"])
def test_an_audience_may_come_alone_in_a_list(aud: str) -> None:
    assert read(aud=[aud]).audience == read(aud=aud).audience == aud


@pytest.mark.parametrize(
    "aud",
    [
        None,
        "",
        "customer-app",
        "pos-terminal ",
        "POS-TERMINAL",
        [],
        ["customer-app"],
        ["pos-terminal", "enterprise-admin"],
        ["pos-terminal", "pos-terminal"],
        ["pos-terminal", "customer-app"],
        [["pos-terminal"]],
        {"pos-terminal": 1},
        7,
    ],
)
def test_another_audience_or_more_than_one_is_refused(aud: Any) -> None:
    assert refusal(aud=aud) == "audience"


# ---------------------------------------------------------------------------------------------------- when


def test_a_token_lives_until_its_end_and_the_leeway() -> None:
    assert read(exp=NOW - 4).expires_at.timestamp() == NOW + 1
    assert refusal(exp=NOW - 5) == "expired"
    assert refusal(exp=NOW - 3600) == "expired"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_of_the_future_is_refused(claim: str) -> None:
    assert read(**{claim: NOW + 5})
    assert refusal(**{claim: NOW + 6}) == "not_yet_valid"
    assert refusal(**{claim: NOW + 3600}) == "not_yet_valid"


def test_a_beginning_in_the_past_does_not_excuse_an_issue_in_the_future() -> None:
    assert refusal(iat=NOW + 3600, nbf=NOW - 60) == "not_yet_valid"


def test_times_may_have_fractions() -> None:
    caller = read(iat=NOW - 0.5, nbf=NOW - 0.5, exp=NOW + 9.75)
    assert caller.expires_at == datetime.fromtimestamp(NOW + 9 + LEEWAY, UTC)


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value", ["", str(NOW), True, False, [NOW], {}, -1, 10**11 * 3, 10**400, 1e308, float("inf"), float("nan")]
)
def test_a_time_that_is_none_is_refused(claim: str, value: Any) -> None:
    assert refusal(**{claim: value}) == f"claim:{claim}"


@pytest.mark.parametrize(("aud", "hours"), [("pos-terminal", 24), ("enterprise-admin", 12)])
def test_a_token_that_lives_longer_than_its_audience_may_is_refused(aud: str, hours: int) -> None:
    assert read(aud=aud, iat=NOW, exp=NOW + hours * 3600).audience == aud
    assert refusal(aud=aud, iat=NOW, exp=NOW + hours * 3600 + 1) == "lifetime"
    assert refusal(aud=aud, exp=253_402_300_000) == "lifetime"


def test_an_issuer_may_have_shorter_lives() -> None:
    short = replace(TRUSTED, lifetimes={"pos-terminal": 60, "enterprise-admin": 60})
    payload = usual_claims(iat=NOW, exp=NOW + 61)
    with pytest.raises(TokenRefused, match="lifetime"):
        read_claims(payload, issuer=short, at=AT)


PEOPLE = Issuer(
    "https://people.test",
    lambda _kid: None,
    audiences={"enterprise-admin": ("portal",)},
    audience_claim="client_id",
    claims={"enterprise_id": "custom:enterprise", "permissions": "groups"},
    permissions={"officers": ("customer:EXPORT", "customer:DELETE"), "desk": ("customer:SEARCH",)},
    require={"token_use": "access"},
    enterprises=("acme",),
)


def of_people(**claims: Any) -> Claims:
    usual = {
        "iss": "https://people.test",
        "aud": None,
        "iat": NOW,
        "exp": NOW + 600,
        "client_id": "portal",
        "token_use": "access",
        "groups": ["officers", "elsewhere"],
        **dict.fromkeys(("enterprise_id", "merchant_id", "branch_id")),
    }
    return read_claims(usual_claims(**{**usual, **claims}), issuer=PEOPLE, at=AT)


def test_an_identity_provider_has_names_of_its_own() -> None:
    caller = of_people(**{"custom:enterprise": "acme"})
    assert (caller.audience, caller.enterprise) == ("enterprise-admin", "acme")
    assert caller.permissions == {"customer:EXPORT", "customer:DELETE"}
    # Of one enterprise, the claim may be absent; groups may be text.
    assert of_people(groups="desk officers").permissions >= {"customer:SEARCH", "customer:EXPORT"}
    assert of_people(groups=["customer:ERASE"]).permissions == frozenset()


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"client_id": "another"}, "audience"),
        ({"client_id": None, "aud": "portal"}, "audience"),
        ({"client_id": "pos-terminal"}, "audience"),
        ({"token_use": "id"}, "claim:token_use"),
        ({"custom:enterprise": "globex"}, "claim:enterprise_id"),
        ({"custom:enterprise": "a#b"}, "claim:enterprise_id"),
        ({"groups": 7}, "claim:permissions"),
        ({"iss": ISSUER}, "issuer"),
    ],
)
def test_what_an_identity_provider_may_not_say_is_refused(claims: dict[str, Any], reason: str) -> None:
    with pytest.raises(TokenRefused, match=reason):
        of_people(**claims)


def test_a_claim_under_its_usual_name_is_not_read_where_the_issuer_has_another() -> None:
    assert of_people(enterprise_id="globex").enterprise == "acme"
    assert of_people(permissions=["customer:MERGE"]).permissions == {"customer:EXPORT", "customer:DELETE"}


# ---------------------------------------------------------------------------------------------------- what


@pytest.mark.parametrize("claim", ["sub", "iat", "exp", "jti", "enterprise_id", "merchant_id", "branch_id"])
def test_a_tills_token_without_a_claim_is_refused(claim: str) -> None:
    assert refusal(**{claim: None}) == f"claim:{claim}"


@pytest.mark.parametrize("claim", ["sub", "iat", "exp", "jti", "enterprise_id"])
def test_an_administrators_token_without_a_claim_is_refused(claim: str) -> None:
    assert refusal(aud="enterprise-admin", **{claim: None}) == f"claim:{claim}"


NO_ID = ["", "a#b", "#", "a b", " a", "a\n", "a/b", "é", "\u0664", "\ud800", "\0", "x" * 65, 7, ["acme"], {}, True]


@pytest.mark.parametrize("aud", ["pos-terminal", "enterprise-admin"])
@pytest.mark.parametrize("claim", ["enterprise_id", "merchant_id", "branch_id"])
@pytest.mark.parametrize("value", NO_ID)
def test_an_id_that_could_not_be_part_of_a_key_is_refused(aud: str, claim: str, value: Any) -> None:
    assert refusal(aud=aud, **{claim: value}) == f"claim:{claim}"


@pytest.mark.parametrize("claim", ["merchant_id", "branch_id"])
def test_null_does_not_widen_an_administrators_rights(claim: str) -> None:
    payload = usual_claims(aud="enterprise-admin", iat=NOW, exp=NOW + 600) | {claim: None}
    with pytest.raises(TokenRefused, match=claim):
        read_claims(payload, issuer=TRUSTED, at=AT)


def test_an_id_is_64_letters_digits_and_marks_at_most() -> None:
    longest = "Aa9._:-" + "z" * 57
    assert read(enterprise_id=longest).enterprise == longest


@pytest.mark.parametrize("claim", ["sub", "jti"])
def test_issuers_name_subjects_and_tokens_in_their_own_way(claim: str) -> None:
    for name in ("auth0|65f", "client@clients", "x" * 255):
        assert read(**{claim: name})
    for no_name in ("", "a#b", "a b", "é", "a\n", "x" * 256, 7, ["till"]):
        assert refusal(**{claim: no_name}) == f"claim:{claim}"


# ------------------------------------------------------------------------------------------------- fuzz

KEY_PART = frozenset(string.ascii_letters + string.digits + "._:-")
NAMES = st.sampled_from([*usual_claims(), "nbf", "permissions"])
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70) | st.text("aZ0._:-#", max_size=70)
)
JSON = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.text(max_size=5), PLAIN, max_size=2)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, JSON, max_size=3), st.sampled_from(["pos-terminal", "enterprise-admin"]))
def test_whatever_the_issuer_signs_is_refused_or_safe_in_a_key(odd: dict[str, Any], aud: str) -> None:
    payload = usual_claims(aud=aud, iat=NOW, exp=NOW + 600) | odd
    try:
        caller = read_claims(payload, issuer=TRUSTED, at=AT)
    except TokenRefused:
        return
    for part in (caller.enterprise, caller.merchant, caller.branch, *caller.permissions):
        assert part is None or (0 < len(part) <= 64 and set(part) <= KEY_PART)
