"""GET /customers/{phone}/summary-cached: lookup's answer, and how a caller saves its body."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from customers.catalogue.till.summary_cached import SUMMARY_CACHED
from customers.domain.enterprise import Settings, Thresholds
from customers.edge.auth.principal import Principal
from tests.operations.conftest import LAYLA, MONEY, Clock, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms


def summary(principal: Principal, held: str | None = None) -> Reply:
    headers = {"if-none-match": held} if held is not None else {}
    reply = call("GET", "/customers/%2B97433001122/summary-cached", "", principal, headers=headers)
    conforms(SUMMARY_CACHED, reply)
    return reply


def test_it_has_the_shape_of_a_lookup_field_for_field(shop: Shop, clock: Clock) -> None:
    shop.told_of_layla()
    reply, lookup = summary(shop.till), shop.lookup("phone=33001122")
    assert list(reply.body["data"]["customer"]) == list(lookup.body["data"]["customer"])
    assert reply.body == lookup.body
    assert list(reply.data) == list(lookup.data)


def test_it_says_how_long_it_may_be_shown(shop: Shop) -> None:
    shop.told_of_layla()
    headers = summary(shop.till).headers
    assert (headers["Age"], headers["Cache-Control"], headers["Vary"]) == ("0", "private, max-age=5", "Authorization")


def test_every_answer_is_read_anew(shop: Shop, clock: Clock, requests: list[str]) -> None:
    """Nothing is kept in memory, so nobody is shown who has been erased."""
    shop.told_of_layla()
    first = summary(shop.till)
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    requests.clear()
    later = summary(shop.till)
    assert requests == ["GetItem"]
    assert later.data["customer"]["balance"]["spendable_minor"] == 12501
    assert later.headers["ETag"] != first.headers["ETag"]


def test_what_has_not_changed_keeps_its_tag(shop: Shop, clock: Clock) -> None:
    shop.told_of_layla()
    first = summary(shop.till)
    clock.forward(seconds=60)
    later = summary(shop.till)
    assert later.data["fetched_at"] != first.data["fetched_at"]
    assert later.headers["ETag"] == first.headers["ETag"]


def test_a_tag_is_strong_and_shows_nothing(shop: Shop) -> None:
    shop.told_of_layla()
    assert re.fullmatch(r'"[0-9a-f]{32}"', summary(shop.till).headers["ETag"])


@pytest.mark.parametrize("known", [True, False], ids=["customer", "stranger"])
@pytest.mark.parametrize("held", ["{}", "W/{}", '"old", {}', '"a,b" ,W/"c",{} , "d"', "*", " * ", "W/{0}, {0}"])
def test_what_the_caller_has_already_is_not_sent(shop: Shop, clock: Clock, held: str, known: bool) -> None:
    if known:
        shop.told_of_layla()
    first = summary(shop.till)
    reply = summary(shop.till, held.format(first.headers["ETag"]))
    assert reply.status == 304
    assert reply.body == {}
    sent = {name: reply.headers[name] for name in ("ETag", "Age", "Cache-Control", "Vary")}
    assert sent == {name: first.headers[name] for name in sent}


@pytest.mark.parametrize("held", ["", '"old"', 'W/"old", "older"', "{bare}", '"*"', "*, *", '"{bare}', "\x00", "é"])
def test_what_the_caller_does_not_have_is(shop: Shop, held: str) -> None:
    tag = summary(shop.till).headers["ETag"]
    assert summary(shop.till, held.replace("{bare}", tag.strip('"'))).status == 200


def test_a_tag_in_any_of_several_headers_counts(shop: Shop) -> None:
    from lookup.summary_cached import handler

    def ask(*held: str) -> int:
        event = {
            "multiValueQueryStringParameters": None,
            "multiValueHeaders": {"If-None-Match": list(held)},
            "pathParameters": {"customer": LAYLA},
            "requestContext": {"requestId": "req-1", "authorizer": shop.till.context()},
            "body": None,
        }
        status: int = handler(event, None)["statusCode"]
        return status

    tag = summary(shop.till).headers["ETag"]
    assert ask(tag, '"old"') == ask('"old"', tag) == 304
    assert ask('"old"', '"older"') == 200


def test_a_change_is_sent_to_who_has_the_old_one(shop: Shop) -> None:
    shop.told_of_layla()
    tag = summary(shop.till).headers["ETag"]
    shop.disabled_layla()
    gone = summary(shop.till, tag)
    assert (gone.status, gone.data["status"]) == (200, "not_found")


def test_two_branches_share_the_tag_and_have_their_own_branch(shop: Shop) -> None:
    shop.told_of_layla()
    first, second = summary(shop.till), summary(replace(shop.till, branch="branch-2"))
    assert (first.data["branch_id"], second.data["branch_id"]) == ("branch-1", "branch-2")
    assert first.headers["ETag"] == second.headers["ETag"]


def test_two_enterprises_share_nothing(shop: Shop, enterprise: str, requests: list[str]) -> None:
    shop.told_of_layla()
    assert summary(shop.till).data["status"] == "registered"
    requests.clear()
    assert summary(Shop(enterprise + "-other").till).data["status"] == "not_found"
    assert requests == ["GetItem"]


def test_changed_thresholds_are_seen(shop: Shop) -> None:
    shop.told_of_layla()
    first = summary(shop.till)
    strict = replace(shop, settings=Settings("Test", "QAR", "QA", Thresholds(8, 200_000, 1)))
    second = summary(strict.till)
    assert (first.data["customer"]["badge"], second.data["customer"]["badge"]) == ("vip", "regular")
    assert first.headers["ETag"] != second.headers["ETag"]
