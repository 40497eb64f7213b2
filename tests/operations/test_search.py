"""POST /customers/search, through the template's route and the template's tables."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.admin import SEARCH
from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Thresholds
from customers.domain.identifiers.phone import Phone
from customers.domain.search.terms import name_words, words
from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.auth.principal import Principal
from tests.operations.conftest import LAYLA, Clock, Shop
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.customers.people import lay_down
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of
from tests.support.stats.derivation import deriver

NOW = datetime.now(UTC)
MAY = "customer:SEARCH"


def _search(shop: Shop, principal: Principal | None = None, /, **body: Any) -> Reply:
    reply = call("POST", "/customers/search", principal=principal or shop.admin(MAY), body=body)
    conforms(SEARCH, reply)
    return reply


def _pages(shop: Shop, **body: Any) -> Iterator[list[dict[str, Any]]]:
    """All of them, as a caller gathers them."""
    cursor = None
    while True:
        reply = _search(shop, **body, **({"cursor": cursor} if cursor else {}))
        assert reply.status == 200, reply.body
        yield reply.data["customers"]
        cursor = reply.data["next_cursor"]
        if cursor is None:
            return


def _found(shop: Shop, **body: Any) -> list[str]:
    """Names of all pages together, in their order."""
    return [each["name"] for page in _pages(shop, **body) for each in page]


def _person(number: int, name: str | None, phone: str | None = None, *, visits: int = 0, **fields: Any) -> Profile:
    activity = NO_ACTIVITY
    for visit in range(visits):
        activity = activity.visited(NOW - timedelta(days=1 + visit), amount_minor=100)
    fields = {"verified": True, **fields}
    number_of_their_own = Phone(phone or f"+9743300{number:04}")
    return Profile(f"usr_{number:032x}", number_of_their_own, "QAR", name=name, activity=activity, **fields)


NAMES = (
    "Layla Hassan",
    "ليلى حسن",
    "لیلی حسینی",
    "José Müller",
    "Hassan Hasan",
    "مُحَمَّد",
    "Nguyễn Đình",
    "O'Brien",
    None,
)


@pytest.fixture
def town(shop: Shop, tables: DynamoDBClient) -> Shop:
    """One of each name."""
    lay_down(tables, shop.enterprise, [_person(number, name) for number, name in enumerate(NAMES)])
    return shop


# --------------------------------------------------------------------------------------------------- what is answered


def test_who_is_found_is_shown_as_a_lookup_shows_them(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told_of_layla()
    looked_up = shop.lookup("phone=33001122").data["customer"]
    change = CustomerRef(shop.enterprise, id_of(tables, shop))
    assert deriver(tables).reconcile([change]) == {}
    reply = _search(shop, query="layla")
    assert reply.status == 200
    assert list(reply.data) == ["customers", "next_cursor", "fetched_at"]
    assert reply.data["customers"] == [{"customer_id": change.customer_id, "status": "registered", **looked_up}]
    assert reply.data["next_cursor"] is None
    assert reply.body["meta"]["data_completeness_score"] is None
    assert reply.headers["Cache-Control"] == "no-store"


def test_an_absorbed_phone_finds_the_survivor(shop: Shop, tables: DynamoDBClient, requests: list[str]) -> None:
    shop.told_of_layla()
    shop.told("customer.registered", TWIN, name="L. Hassan", occurred_at="2026-10-01T10:00:00Z")
    survivor, absorbed = id_of(tables, shop), id_of(tables, shop, TWIN)
    both = [CustomerRef(shop.enterprise, each) for each in (survivor, absorbed)]
    assert deriver(tables).reconcile(both) == {}
    assert merge(shop, survivor, absorbed).status == 200
    assert deriver(tables).reconcile(both) == {}
    for body in ({"phone_last4": TWIN[-4:]}, {"phone_prefix": TWIN[:-1]}, {"query": TWIN}, {"query": TWIN[-4:]}):
        requests.clear()
        reply = _search(shop, **body)
        assert [each["customer_id"] for each in reply.data["customers"]] == [survivor]
        assert reply.data["customers"][0]["phone"] == LAYLA
        assert requests == ["Query", "BatchGetItem", "BatchGetItem", "PutItem"]
    assert _search(shop, name="layla", phone_last4=TWIN[-4:]).data["customers"] != []
    assert _search(shop, name="omar", phone_last4=TWIN[-4:]).data["customers"] == []
    # At the beginning that both phones have, she is there once.
    assert [each["customer_id"] for each in _search(shop, phone_prefix="+974").data["customers"]] == [survivor]
    assert deriver(tables).reconcile(both) == {}
    assert [each["customer_id"] for each in _search(shop, phone_last4=TWIN[-4:]).data["customers"]] == [survivor]
    officer = shop.admin(*OFFICER)
    disabled = [{"phone_last4": TWIN[-4:]}, {"phone_prefix": TWIN[:-1]}, {"query": TWIN}, {"name": "layla"}, {}]
    for body in disabled:
        assert _search(shop, officer, status="disabled", **body).data["customers"] == []
    shop.disabled_layla()
    assert deriver(tables).reconcile(both) == {}
    assert _search(shop, phone_last4=TWIN[-4:]).data["customers"] == []
    # By the phone that a merge has absorbed, too; and once where several of her phones fit.
    for body in [*disabled, {"phone_prefix": "+974"}]:
        found = _search(shop, officer, status="disabled", **body).data["customers"]
        assert [each["customer_id"] for each in found] == [survivor], body


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("O\u02bcBrien", "O'Brien"),
        ("O\u02bcBrien", "O\u2019Brien"),
        ("O'Brien", "o\u02bbbrien"),
        ("山田太郎", "太郎"),
        ("김민준", "민준"),
        ("أحمد الهاشمي", "هاشمي"),
        ("أحمد هاشمي", "الهاشمي"),
        ("a b c d e f g h i j eleventh", "eleventh"),
    ],
)
def test_a_name_is_found_however_it_is_typed(shop: Shop, tables: DynamoDBClient, name: str, asked: str) -> None:
    lay_down(tables, shop.enterprise, [_person(1, name), _person(2, "Somebody Else")])
    for body in ({"query": asked}, {"name": asked}):
        assert [each["name"] for each in _search(shop, **body).data["customers"]] == [name]


def test_without_a_criterion_everybody_is_found_by_phone(town: Shop) -> None:
    phones = [each["phone"] for page in _pages(town, limit=2) for each in page]
    assert phones == [f"+9743300{number:04}" for number in range(len(NAMES))]
    assert len(_search(town).data["customers"]) == len(NAMES)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"query": "layla"}, ["Layla Hassan"]),
        ({"query": "LAY has"}, ["Layla Hassan"]),
        ({"query": "has lay"}, ["Layla Hassan"]),
        ({"query": "has"}, ["Hassan Hasan", "Layla Hassan"]),
        ({"name": "hassan hasan"}, ["Hassan Hasan"]),
        ({"query": "حس"}, ["ليلى حسن", "لیلی حسینی"]),
        ({"query": "ليلى حسن"}, ["ليلى حسن"]),
        ({"query": "لیلی حسن"}, ["ليلى حسن"]),
        ({"query": "ليـــلى"}, ["ليلى حسن", "لیلی حسینی"]),
        ({"query": "لَيْلَى"}, ["ليلى حسن", "لیلی حسینی"]),
        ({"query": "محمد"}, ["مُحَمَّد"]),
        ({"query": "jose"}, ["José Müller"]),
        ({"name": "MÜLL"}, ["José Müller"]),
        ({"query": "nguyen dinh"}, ["Nguyễn Đình"]),
        ({"query": "brien"}, ["O'Brien"]),
        ({"query": "0003"}, ["José Müller"]),
        ({"query": "٠٠٠٣"}, ["José Müller"]),
        ({"phone_last4": "٠٠٠٣"}, ["José Müller"]),
        ({"query": "33000003"}, ["José Müller"]),
        ({"query": "+974 3300 0003"}, ["José Müller"]),
        ({"phone_prefix": "+9743300000", "name": "layla"}, ["Layla Hassan"]),
        ({"phone_prefix": "+97433000003"}, ["José Müller"]),
        ({"phone_prefix": "+44"}, []),
        ({"name": "layla", "phone_last4": "0003"}, []),
        ({"query": "ayla"}, []),
        ({"query": "laylah"}, []),
        ({"query": "layla", "name": None, "status": None, "cursor": None, "limit": None}, ["Layla Hassan"]),
    ],
)
def test_a_customer_is_found_by_what_is_remembered(town: Shop, body: dict[str, Any], found: list[str]) -> None:
    assert sorted(_found(town, **body)) == sorted(found)


def test_status_and_badge_narrow(shop: Shop, tables: DynamoDBClient) -> None:
    people = [
        _person(1, "New"),
        _person(2, "Regular", visits=3),
        _person(3, "Vip", visits=8),
        _person(4, "Waiting", verified=False),
    ]
    lay_down(tables, shop.enterprise, people)
    assert _found(shop, badge="vip") == ["Vip"]
    assert _found(shop, badge="new") == ["New", "Waiting"]
    assert _found(shop, badge="new", status="registered") == ["New"]
    assert _found(shop, status="pending_proof") == ["Waiting"]
    assert _found(shop, badge="lapsed") == []
    # As the enterprise would have it.
    lavish = replace(shop, settings=replace(shop.settings, badge=Thresholds(3, 100_000, 1)))
    assert _found(lavish, badge="vip") == ["Regular", "Vip"]


def test_the_badge_is_that_of_the_moment(shop: Shop, tables: DynamoDBClient, clock: Clock) -> None:
    lay_down(tables, shop.enterprise, [_person(1, "Layla", visits=3)])
    assert _found(shop, badge="regular") == ["Layla"]
    clock.forward(days=92)
    later = replace(shop.admin(MAY), expires_at=clock.at + timedelta(hours=1))
    assert _search(shop, later, badge="regular").data["customers"] == []
    assert [each["badge"] for each in _search(shop, later, badge="lapsed").data["customers"]] == ["lapsed"]


def test_a_disabled_customer_and_another_enterprises_are_like_none(shop: Shop, tables: DynamoDBClient) -> None:
    nobody = _search(shop, query="layla").body
    # The index names who was shut off a moment ago.
    layla = _person(1, "Layla")
    lay_down(tables, shop.enterprise, [layla])
    lay_down(tables, shop.enterprise, [replace(layla, disabled=True)])
    lay_down(tables, shop.enterprise + "-other", [layla])
    disabled = _search(shop, query="layla").body
    assert len(_search(Shop(shop.enterprise + "-other"), query="layla").data["customers"]) == 1
    elsewhere = _search(Shop(shop.enterprise + "-another"), query="layla").body
    for body in (nobody, disabled, elsewhere):
        del body["data"]["fetched_at"]
    assert nobody == disabled == elsewhere


OFFICER = (MAY, "customer:DISABLED")


def test_an_officer_finds_the_disabled_by_everything_that_finds_others(shop: Shop, tables: DynamoDBClient) -> None:
    off = replace(_person(1, "Layla Hassan", visits=3), disabled=True)
    lay_down(tables, shop.enterprise, [off, _person(2, "Layla Said")])
    officer = shop.admin(*OFFICER)
    for body in (
        {},
        {"query": "hassan"},
        {"query": off.phone.e164},
        {"phone_last4": off.phone.e164[-4:]},
        {"phone_prefix": "+974"},
        {"name": "lay", "badge": "regular"},
    ):
        (found,) = _search(shop, officer, status="disabled", **body).data["customers"]
        assert (found["customer_id"], found["status"], found["state"]) == (off.customer_id, "disabled", "DISABLED")
        shown = _search(shop, officer, **body).data["customers"]
        assert off.customer_id not in [each["customer_id"] for each in shown]


def test_without_the_permission_nobody_learns_who_is_disabled(shop: Shop, requests: list[str]) -> None:
    requests.clear()
    reply = _search(shop, status="disabled")
    assert (reply.status, reply.body["error"]["code"]) == (403, "FORBIDDEN")
    assert "customer:DISABLED" in reply.body["error"]["message"]
    assert not {"Query", "BatchGetItem", "GetItem"} & set(requests)


def test_a_page_of_the_disabled_goes_on_only_for_who_may_see_them(shop: Shop, tables: DynamoDBClient) -> None:
    lay_down(tables, shop.enterprise, [replace(_person(number, "Layla"), disabled=True) for number in range(3)])
    officer = shop.admin(*OFFICER)
    first = _search(shop, officer, status="disabled", limit=2).data
    assert len(first["customers"]) == 2
    assert _search(shop, status="disabled", limit=2, cursor=first["next_cursor"]).status == 403
    assert _search(shop, cursor=first["next_cursor"]).status == 400
    (last,) = _search(shop, officer, status="disabled", limit=2, cursor=first["next_cursor"]).data["customers"]
    assert last["customer_id"] not in [each["customer_id"] for each in first["customers"]]


def test_what_is_shown_is_the_row_s_state_although_the_index_lags(shop: Shop, tables: DynamoDBClient) -> None:
    layla, omar = _person(1, "Layla Hassan", visits=1), _person(2, "Omar Hassan")
    lay_down(tables, shop.enterprise, [layla, omar])
    lay_down(tables, shop.enterprise, [replace(layla, name="Leila Hassan", balance_minor=700)], kinds=("none",))
    assert _found(shop, query="layla") == []
    (shown, _) = _search(shop, query="hassan").data["customers"]
    assert (shown["name"], shown["balance"]["spendable_minor"]) == ("Leila Hassan", 700)
    # A phone that has passed to somebody else.
    lay_down(tables, shop.enterprise, [replace(layla, customer_id="usr_9", name="Omar Hassan")], kinds=("none",))
    assert _found(shop, query="hassan") == ["Omar Hassan"]


# ------------------------------------------------------------------------------------------------------------ its pages

SOME = st.sampled_from(["Hassan Hasan", "Hasan", "Layla Hassan", "ليلى حسن", "José", None])
QUERY = {"query": st.sampled_from(["has", "hasan", "l", "ليلي", "0001", "33001", "+974", "jo"])}
NARROWER = {
    "name": st.sampled_from(["h", "hassan", "layla has", "حسن"]),
    "status": st.sampled_from(["registered", "pending_proof"]),
    "badge": st.sampled_from(["new", "regular", "vip"]),
}
NUMBERS = {
    "phone_prefix": st.sampled_from(["+9", "+97433", "+9743300"]),
    "phone_last4": st.sampled_from(["0001", "1001"]),
}
BODIES = st.one_of([st.fixed_dictionaries({}, optional=each) for each in (QUERY, NARROWER, QUERY | NARROWER | NUMBERS)])


def _fits(body: dict[str, Any], each: Profile) -> bool:
    """Told once more, from the row alone."""
    visits, phone, own = each.activity.visit_count, each.phone.e164, name_words(each.name or "")

    def named(text: str) -> bool:
        return all(any(word[: len(asked)] == asked for word in own) for asked in words(text))

    def asked_for(query: str) -> bool:
        if not query.startswith("+") and not query.isdecimal():
            return named(query)
        if len(query) == 4 and query.isdecimal():
            return phone[-4:] == query
        beginning = query if query.startswith("+") else f"+974{query}"
        return phone[: len(beginning)] == beginning

    return (
        not each.disabled
        and ("query" not in body or asked_for(body["query"]))
        and ("name" not in body or named(body["name"]))
        and phone.startswith(body.get("phone_prefix", ""))
        and phone.endswith(body.get("phone_last4", ""))
        and body.get("status") in (None, "registered" if each.verified else "pending_proof")
        and body.get("badge") in (None, "vip" if visits >= 8 else "regular" if visits >= 3 else "new")
    )


@pytest.mark.slow
@settings(max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.tuples(SOME, st.booleans(), st.booleans(), st.sampled_from([0, 3, 8])), max_size=15),
    body=BODIES,
    limit=st.integers(1, 50),
)
# Named twice, and on two pages.
@example(people=[("Hassan Hasan", True, False, 0)] * 3, body={"query": "has"}, limit=1)
@example(people=[("Hassan Hasan", True, False, 3)] * 9, body={"name": "h", "badge": "regular"}, limit=2)
@example(people=[("Layla Hassan", True, n % 3 == 0, n % 4) for n in range(15)], body={"badge": "regular"}, limit=2)
def test_all_pages_together_are_what_a_look_at_every_row_finds(
    tables: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, people: list[Any], body: dict[str, Any], limit: int
) -> None:
    # So that few people make many pages.
    monkeypatch.setattr("customers.wire.search.MOST_READ", 4)
    shop = Shop(str(uuid.uuid4()))
    profiles = [
        _person(n, name, f"+97433{n % 2:03}{n % 4:03}", verified=verified, disabled=disabled, visits=visits)
        if n < 4
        else _person(n, name, verified=verified, disabled=disabled, visits=visits)
        for n, (name, verified, disabled, visits) in enumerate(people)
    ]
    lay_down(tables, shop.enterprise, profiles)
    pages = list(_pages(shop, **body, limit=limit))
    assert all(len(page) <= limit for page in pages)
    found = [each["customer_id"] for page in pages for each in page]
    assert sorted(found) == sorted(each.customer_id for each in profiles if _fits(body, each))
    assert found == [each["customer_id"] for page in _pages(shop, **body, limit=50) for each in page]


def test_the_limit_may_change_from_page_to_page(town: Shop) -> None:
    first = _search(town, limit=1).data
    rest = _search(town, limit=50, cursor=first["next_cursor"]).data
    assert len(first["customers"]) + len(rest["customers"]) == len(NAMES)
    assert rest["next_cursor"] is None


def test_a_page_goes_on_although_who_ended_the_last_one_is_gone(town: Shop, tables: DynamoDBClient) -> None:
    first = _search(town, limit=2).data
    last = first["customers"][-1]
    gone = {"pk": {"S": f"{town.enterprise}#phone"}, "sk": {"S": f"{last['phone']}#{last['customer_id']}"}}
    tables.delete_item(TableName="DerivedTable", Key=gone)
    assert [each["phone"] for each in _search(town, limit=2, cursor=first["next_cursor"]).data["customers"]] == [
        "+97433000002",
        "+97433000003",
    ]


def test_a_page_may_be_empty_and_have_others_behind_it(shop: Shop, tables: DynamoDBClient) -> None:
    lay_down(tables, shop.enterprise, [_person(number, "Layla", visits=3 * (number == 149)) for number in range(150)])
    empty = _search(shop, badge="regular").data
    assert empty["customers"] == []
    page = _search(shop, badge="regular", cursor=empty["next_cursor"]).data
    assert [each["phone"] for each in page["customers"]] == ["+97433000149"]
    assert page["next_cursor"] is None


def test_a_cursor_opens_nothing_but_the_next_page_of_its_own_query(town: Shop) -> None:
    cursor = _search(town, query="has", limit=1).data["next_cursor"]
    other = Shop(town.enterprise + "-other")
    refused = [
        _search(town, query="has", cursor=cursor[:-1] + ("A" if cursor[-1] != "A" else "B")),
        _search(town, query="has", cursor="garbage"),
        _search(town, query="has", cursor=""),
        _search(town, query="has", cursor="ليلى"),
        _search(town, query="has", cursor="A" * 5000),
        _search(town, query="hass", cursor=cursor),
        _search(town, name="has", cursor=cursor),
        _search(town, query="has", status="registered", cursor=cursor),
        _search(town, cursor=cursor),
        _search(other, query="has", cursor=cursor),
    ]
    for reply in refused:
        assert reply.status == 400
        assert [each["field"] for each in reply.body["error"]["details"]] == ["cursor"]
    assert len({json.dumps(reply.body) for reply in refused}) == 1
    assert "layla" not in cursor.lower()
    assert _search(town, query="has", cursor=cursor, limit=5).status == 200


# -------------------------------------------------------------------------------------------------------- what it costs


def test_a_refused_search_reads_nothing(town: Shop, requests: list[str]) -> None:
    requests.clear()
    for body in ({"limit": 0}, {"query": "..."}, {"cursor": "garbage"}):
        assert _search(town, **body).status == 400
    # That it was refused is in the activity log.
    assert set(requests) == {"PutItem"}


# --------------------------------------------------------------------------------------------------- what is not taken


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": 20.5}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": 10**30}, "limit"),
        ({"query": ""}, "query"),
        ({"query": "..."}, "query"),
        ({"query": "x" * 201}, "query"),
        ({"query": 1122}, "query"),
        ({"query": ["layla"]}, "query"),
        ({"name": "🥛"}, "name"),
        ({"phone_prefix": "974"}, "phone_prefix"),
        ({"phone_prefix": "+"}, "phone_prefix"),
        ({"phone_prefix": "+97433001122334455"}, "phone_prefix"),
        ({"phone_last4": "112"}, "phone_last4"),
        ({"phone_last4": "11223"}, "phone_last4"),
        ({"phone_last4": "abcd"}, "phone_last4"),
        ({"phone_last4": 1122}, "phone_last4"),
        ({"status": "not_found"}, "status"),
        ({"status": "VERIFIED"}, "status"),
        ({"badge": "gold"}, "badge"),
        ({"cursor": 1}, "cursor"),
        ({"enterprise_id": "another"}, "enterprise_id"),
        ({"Query": "layla"}, "Query"),
        ('{"limit": 1, "limit": 2}', "limit"),
        ('{"query": "\\ud800"}', "query"),
    ],
)
def test_what_is_malformed_is_named(shop: Shop, body: object, field: str) -> None:
    reply = call("POST", "/customers/search", principal=shop.admin(MAY), body=body)
    conforms(SEARCH, reply)
    assert (reply.status, reply.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [each["field"] for each in reply.body["error"]["details"]] == [field]
