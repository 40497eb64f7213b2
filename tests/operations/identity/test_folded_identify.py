"""POST /customers/identify: the answer names the operation to use instead."""

from __future__ import annotations

import pytest

from customers.catalogue.every import OPERATIONS
from customers.catalogue.identity import FOLDED_IDENTIFY
from customers.edge.auth.principal import Principal
from tests.operations.conftest import Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.template.deployed import properties


def post(principal: Principal, body: object = None) -> Reply:
    reply = call("POST", "/customers/identify", "", principal, body=body)
    conforms(FOLDED_IDENTIFY, reply)
    return reply


@pytest.mark.parametrize("body", [None, {"phone": "+97433001122"}, "not JSON", "", "\ud800"])
def test_it_points_to_identify_whatever_is_sent_and_asks_no_table(
    shop: Shop, requests: list[str], body: object
) -> None:
    requests.clear()
    reply = post(shop.till, body)
    assert reply.status == 308
    assert reply.headers["Location"] == "/v1/partner/identify"
    assert requests == []
    assert "33001122" not in str(reply.body)


def test_the_envelope_names_what_to_call_instead(shop: Shop) -> None:
    reply = post(shop.till)
    assert (reply.body["ok"], reply.body["error"]) == (True, None)
    assert reply.body["meta"]["data_completeness_score"] is None
    assert reply.data["use"]["path"] == reply.headers["Location"]
    declared = {each.name: (each.method, "/v1/partner" + each.path) for each in OPERATIONS}
    for named in (reply.data["use"], reply.data["or_use"]):
        assert declared[named["operation"]] == (named["method"], named["path"])
    assert declared["folded_identify"][1] == reply.data["folded"]


def test_the_template_sends_callers_on_to_the_api_also_locally() -> None:
    """The emulator serves S3 on the API's port, so a path alone leads to a bucket there."""
    variables = [
        properties("AWS::Lambda::Function", IsLocal=local, LinkBase="http://127.0.0.1:4566/v1/partner")
        for local in ("false", "true")
    ]
    bases = [each["FoldedIdentifyFunction"]["Environment"]["Variables"]["REDIRECT_BASE"] for each in variables]
    assert bases == ["/v1/partner", "http://127.0.0.1:4566/v1/partner"]


def test_an_admin_is_not_sent_on(shop: Shop) -> None:
    reply = post(shop.admin("customer:CONTEXT"))
    assert (reply.status, reply.body["error"]["code"]) == (401, "INVALID_API_KEY")
    assert "Location" not in reply.headers
