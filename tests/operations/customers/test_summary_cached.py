"""GET /customers/{phone}/summary-cached: lookup's answer of some seconds ago, and how a caller spares even that."""

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


def test_it_says_how_old_it_is_and_may_be(shop: Shop, clock: Clock, requests: list[str]) -> None:
    shop.told_of_layla()
    requests.clear()
    first = summary(shop.till)
    clock.forward(seconds=4.9)
    second = summary(shop.till)
    assert requests == ["GetItem"]
    assert second.body == first.body
    assert (first.headers["Age"], second.headers["Age"]) == ("0", "4")
    assert first.headers["ETag"] == second.headers["ETag"]
    assert {reply.headers["Cache-Control"] for reply in (first, second)} == {"private, max-age=5"}
    assert {reply.headers["Vary"] for reply in (first, second)} == {"Authorization"}


def test_after_five_seconds_it_is_read_again(shop: Shop, clock: Clock, requests: list[str]) -> None:
    shop.told_of_layla()
    first = summary(shop.till)
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    assert summary(shop.till).body == first.body
    requests.clear()
    clock.forward(seconds=5)
    later = summary(shop.till)
    assert requests == ["GetItem"]
    assert later.data["customer"]["balance"]["spendable_minor"] == 12501
    assert later.data["fetched_at"] > first.data["fetched_at"]
    assert later.headers["Age"] == "0"
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


def test_a_change_is_sent_to_who_has_the_old_one(shop: Shop, clock: Clock) -> None:
    shop.told_of_layla()
    tag = summary(shop.till).headers["ETag"]
    shop.disabled_layla()
    clock.forward(seconds=5)
    gone = summary(shop.till, tag)
    assert (gone.status, gone.data["status"]) == (200, "not_found")


def test_two_branches_share_the_read_and_the_tag_and_have_their_own_branch(shop: Shop, requests: list[str]) -> None:
    shop.told_of_layla()
    requests.clear()
    first, second = summary(shop.till), summary(replace(shop.till, branch="branch-2"))
    assert requests == ["GetItem"]
    assert (first.data["branch_id"], second.data["branch_id"]) == ("branch-1", "branch-2")
    assert first.headers["ETag"] == second.headers["ETag"]


def test_two_enterprises_share_nothing(shop: Shop, enterprise: str, requests: list[str]) -> None:
    shop.told_of_layla()
    assert summary(shop.till).data["status"] == "registered"
    requests.clear()
    assert summary(Shop(enterprise + "-other").till).data["status"] == "not_found"
    assert requests == ["GetItem"]


def test_changed_thresholds_are_seen_though_the_customer_is_kept(shop: Shop) -> None:
    shop.told_of_layla()
    first = summary(shop.till)
    strict = replace(shop, settings=Settings("Test", "QAR", "QA", Thresholds(8, 200_000, 1)))
    second = summary(strict.till)
    assert (first.data["customer"]["badge"], second.data["customer"]["badge"]) == ("vip", "regular")
    assert first.headers["ETag"] != second.headers["ETag"]


def test_a_read_that_failed_is_not_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch, requests: list[str]) -> None:
    from customers.domain.refusals import Unavailable
    from lookup.summary_cached import handler  # noqa: F401 - it holds the reader

    def fail(*_: object, **_more: object) -> None:
        raise Unavailable

    shop.told_of_layla()
    with monkeypatch.context() as broken:
        broken.setattr("customers.store.customers.profiles.Profiles._by_phone", fail)
        assert summary(shop.till).status == 503
    assert summary(shop.till).data["status"] == "registered"
