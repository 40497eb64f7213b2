"""Rights without approximation, over HTTP and the bus: what an auditor, an attacker and a customer would try."""

from __future__ import annotations

import base64
import hmac
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote

import jwt

from customers.domain.identifiers.pseudonym import pseudonym
from tests.e2e.conftest import Admin, Enterprise, Log, eventually
from tests.e2e.identity.test_verification import Customer, customer, press
from tests.e2e.test_who_did_what import CACHED, LAYLA, MONEY, id_of, layla, send
from tests.support.auth.keys import ec_key, jwks

__all__ = ["customer", "layla"]


def lookup(shop: Enterprise, phone: str = LAYLA) -> dict[str, Any]:
    data: dict[str, Any] = shop.get(f"/customers/lookup?phone={quote(phone)}").json()["data"]
    return data


# ---------------------------------------------------------------------------------------------- keys (row 5)


def derived(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, purpose.encode(), "sha256")


def test_no_configuration_of_a_function_leads_from_a_pseudonym_to_a_phone(
    enterprise: Enterprise, aws: Callable[..., Any], stack: Mapping[str, Any], customer: Customer
) -> None:
    """With each value that stands there as the secret, and as a key of it, as somebody would try who may read it."""
    shop, phone = customer.shop, customer.corrected()
    rows = [
        row
        for page in aws("dynamodb").get_paginator("scan").paginate(TableName=stack["tables"]["records"])
        for row in page["Items"]
        if row["pk"]["S"].startswith(f"{shop.id}#former#")
    ]
    (pseudonyms,) = [[row["pk"]["S"].rpartition("#")[2] for row in rows]]
    assert pseudonyms
    pages = aws("lambda").get_paginator("list_functions").paginate()
    values = {
        value
        for page in pages
        for function in page["Functions"]
        for value in function.get("Environment", {}).get("Variables", {}).values()
    }
    assert values
    for value in values:
        for secret in (value.encode(), value.encode().rpartition(b"/")[2]):
            guesses = {
                guess
                for number in (customer.typo, phone)
                for guess in (
                    pseudonym(partial(derived, secret), shop.id, number),
                    hmac.new(secret, number.encode(), "sha256").hexdigest()[:32],
                )
            }
            assert not guesses & set(pseudonyms)
    kms = aws("kms")
    keys = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in kms.list_keys()["Keys"]]
    hashing = [each for each in keys if each.get("KeySpec", "").startswith("HMAC")]
    assert len(hashing) >= 2
    assert {each["KeyUsage"] for each in hashing} == {"GENERATE_VERIFY_MAC"}


# --------------------------------------------------------------------------------------- the bus (row 10)


def test_an_event_of_ours_that_somebody_else_puts_on_the_bus_starts_nothing(
    enterprise: Enterprise, aws: Callable[..., Any], stack: Mapping[str, Any], layla: str, log: Log
) -> None:
    """AWS refuses it at the bus; here it comes through, and is compared with the rows."""
    planted, forged = f"planted-{uuid.uuid4().hex}", f"era_{uuid.uuid4().hex}"
    detail = {
        "event_id": f"evt_{uuid.uuid4().hex}",
        "version": 1,
        "enterprise_id": enterprise.id,
        "customer_id": layla,
        "erasure_id": forged,
        "outcome": "hard_deleted",
        "erased_at": "2026-06-05T09:20:00Z",
        "note": planted,
    }
    entry = {
        "EventBusName": stack["bus"],
        "Source": "customers",
        "DetailType": "customer.erased",
        "Detail": json.dumps(detail),
    }
    before = len([line for line in log.lines() if "start_erasure" in line and "refused" in line])
    assert aws("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    eventually(lambda: len([each for each in log.lines() if "start_erasure" in each and "refused" in each]) > before)
    workflows = aws("stepfunctions")
    for machine in (stack["erasure_workflow"], stack["export_workflow"]):
        for each in workflows.list_executions(stateMachineArn=machine)["executions"]:
            told = json.dumps(workflows.describe_execution(executionArn=each["executionArn"]), default=str)
            assert planted not in told
            assert forged not in told
    assert not [line for line in log.lines() if planted in line]
    assert lookup(enterprise)["customer"]["name"] == "Layla Hassan"


# ------------------------------------------------------------------------------------------ SMS (row 12)


def test_an_enterprise_bounds_its_sms_by_country_and_by_day(stack: dict[str, Any], aws: Callable[..., Any]) -> None:
    shop = Enterprise(stack).open(sms_countries=["QA"], sms_per_day=2)
    shop.publish("promo.granted", LAYLA, grant_id="g", amount_minor=1, **MONEY)
    path, office = f"/customers/{id_of(shop, aws)}", shop.admin("customer:UPDATE")
    abroad = send(shop, "PATCH", path, office, json={"phone": "+12025550123"})
    assert (abroad.status_code, abroad.json()["error"]["details"][0]["field"]) == (400, "phone")
    number = uuid.uuid4().int % 10**5
    phones = [f"+9745{each}{number:05}" + "1" for each in range(3)]
    answers = [send(shop, "PATCH", path, office, json={"phone": phone}) for phone in phones]
    assert [each.status_code for each in answers] == [200, 200, 429], [each.text for each in answers]
    refused = answers[-1].json()["error"]
    assert (refused["code"], refused["details"][0]["field"]) == ("RATE_LIMITED", "sms_per_day")
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert lookup(shop, phones[1])["status"] == "pending_proof"


# ------------------------------------------------------------------------------------------ books (rows 7, 13)


def test_the_books_of_a_corrected_customer_with_purchases_are_kept(
    enterprise: Enterprise, layla: str, aws: Callable[..., Any], stack: Mapping[str, Any], admin: Admin
) -> None:
    shop = enterprise
    shop.publish("balance.topped_up", LAYLA, amount_minor=5000, **MONEY)
    shop.publish("purchase.completed", LAYLA, purchase_id="p1", amount_minor=5000, **MONEY)
    shop.publish("balance.spent", LAYLA, amount_minor=5000, **MONEY)
    shop.wait_until_applied()

    def counted() -> int:
        pages = aws("dynamodb").get_paginator("scan").paginate(TableName=stack["tables"]["records"])
        rows = [row for page in pages for row in page["Items"] if row["pk"]["S"] == f"{shop.id}#{layla}"]
        money = ("balance.topped_up", "purchase.completed", "balance.spent")
        return len([row for row in rows if row.get("type", {}).get("S") in money])

    eventually(lambda: counted() == 3)
    corrected = f"+97455{uuid.uuid4().int % 10**6:06}"
    assert send(shop, "PATCH", f"/customers/{layla}", shop.admin("customer:UPDATE"), json={"phone": corrected}).ok
    assert lookup(shop, corrected)["status"] == "pending_proof"
    erased = send(shop, "DELETE", f"/customers/{layla}", shop.admin("customer:DELETE")).json()["data"]
    assert (erased["outcome"], erased["prior_state"]) == ("anonymized", "PENDING_PROOF")
    assert (erased["transactions_retained"], erased["pii_scrubbed"]) == (True, True)
    assert counted() == 3

    def audited() -> bool:
        code, printed = admin("audit", "--enterprise", shop.id)
        return code == 0 and "No difference" in printed

    eventually(audited)


def test_who_is_verified_by_a_link_is_a_member_since_then(customer: Customer) -> None:
    """Row 16: nobody stated a date."""
    shop, phone = customer.shop, customer.corrected()
    assert press(customer.link(phone)).status_code == 200
    assert lookup(shop, phone)["customer"]["member_since"] is not None


# --------------------------------------------------------------------------------------- issuer confusion


PEOPLE, SHARED_KID = "https://people.test", "shared"
OFFICERS, STRANGER = ec_key(), ec_key()


@contextmanager
def two_issuers(aws: Callable[..., Any], kid: str) -> Iterator[None]:
    """A second issuer beside the tills': it has a key under the same kid as theirs."""
    client = aws("lambda")
    pages = client.get_paginator("list_functions").paginate()
    (function,) = [
        each for page in pages for each in page["Functions"] if each["Handler"] == "front.authorizer.handler"
    ]
    entry = {
        "issuer": PEOPLE,
        "jwks": jwks({kid: OFFICERS, SHARED_KID: OFFICERS}),
        "audiences": {"enterprise-admin": ["portal"]},
        "audience_claim": "client_id",
        "claims": {"permissions": "groups"},
        "permissions": {"officers": ["customer:SEARCH"]},
        "require": {"token_use": "access"},
    }
    before = function["Environment"]["Variables"]
    listed = base64.urlsafe_b64encode(json.dumps([entry]).encode()).decode().rstrip("=")
    changed = {**before, "ISSUERS": listed}
    client.update_function_configuration(FunctionName=function["FunctionName"], Environment={"Variables": changed})
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=function["FunctionName"], Environment={"Variables": before})


def test_of_two_issuers_none_issues_a_token_of_the_other(
    shop: Enterprise, aws: Callable[..., Any], stack: Mapping[str, Any]
) -> None:
    def by(key: Any, kid: str, **claims: Any) -> str:
        return jwt.encode(shop.claims(jti=str(uuid.uuid4()), **claims), key, algorithm="ES256", headers={"kid": kid})

    officer = {
        "iss": PEOPLE,
        "aud": None,
        "client_id": "portal",
        "token_use": "access",
        "groups": ["officers"],
        "merchant_id": None,
        "branch_id": None,
    }
    search, find = ("POST", "/customers/search"), ("GET", "/customers/lookup?phone=%2B97433001122")
    with two_issuers(aws, stack["kid"]):
        eventually(lambda: shop.send(*search, by(OFFICERS, SHARED_KID, **officer), json={}).status_code == 200, CACHED)
        till, administrator = shop.token(), shop.admin("customer:SEARCH")
        assert [shop.send(*find, till).status_code, shop.send(*search, administrator, json={}).status_code] == [
            200,
            200,
        ]
        forged = {
            "the people's key signs a till, by the kid of both": (find, by(OFFICERS, stack["kid"])),
            "the people's key signs a till, by its own kid": (find, by(OFFICERS, SHARED_KID)),
            "the people's key signs an administrator of the tills' issuer": (
                search,
                by(
                    OFFICERS,
                    stack["kid"],
                    aud="enterprise-admin",
                    merchant_id=None,
                    branch_id=None,
                    permissions=["customer:SEARCH"],
                ),
            ),
            "the tills' key signs an officer, by the kid of both": (search, shop.token(**officer)),
            "a stranger's key signs an officer": (search, by(STRANGER, SHARED_KID, **officer)),
            "a till's audience from the people's issuer": (
                find,
                by(OFFICERS, SHARED_KID, **{**officer, "client_id": "pos-terminal"}),
            ),
            "our word for an audience from the people's issuer": (
                search,
                by(OFFICERS, SHARED_KID, **{**officer, "client_id": "enterprise-admin"}),
            ),
            "a till's token on an operation of administrators": (search, till),
            "an identity token": (search, by(OFFICERS, SHARED_KID, **{**officer, "token_use": "id"})),
            "the officers' claims from the tills' issuer": (search, shop.token(**{**officer, "iss": stack["issuer"]})),
            "an issuer that nobody trusts": (search, by(OFFICERS, SHARED_KID, **{**officer, "iss": f"{PEOPLE}/"})),
        }
        found = {}
        for case, (request, token) in forged.items():
            more: dict[str, Any] = {"json": {}} if request is search else {}
            found[case] = shop.send(*request, token, **more).status_code
    assert found == dict.fromkeys(forged, 401)
