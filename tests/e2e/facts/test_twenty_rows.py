"""The twenty faults of the issue about identity and money, each as it was sent: over the bus and HTTP.

Where the issue speaks of a size that the local stack cannot do, a parameter says how much is sent: `BEHIND` purchases
behind a merged customer (rows 9 and 12; `tests/store/facts/test_parts.py` counts the requests and rows), and `VISITS`
beyond the 2,000 that are kept by the second (row 13).
"""

from __future__ import annotations

import itertools
import json
import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Admin, Enterprise, eventually
from tests.e2e.facts.held import Shop, merged
from tests.e2e.test_sessions import identify, opened, read

BEHIND, VISITS = int(os.environ.get("BEHIND", "60")), int(os.environ.get("VISITS", "20"))
DAY = 24
KEPT = 2000
"""Visits that are kept by the second."""


@pytest.fixture
def shop(enterprise: Enterprise, admin: Admin) -> Any:
    shop = Shop(enterprise, admin)
    yield shop
    # Whatever was told: the books agree in the end.
    eventually(lambda: admin("audit", "--enterprise", enterprise.id)[0] == 0)


def two(shop: Shop) -> tuple[str, str]:
    return shop.phone(), shop.phone()


def a_till_that_ran_ahead(shop: Shop) -> None:
    old, new = two(shop)
    shop.told("preferences.updated", old, 20, preferences={"milk": "oat"})
    shop.told("customer.registered", old, 20, name="Told Ahead")
    layla = shop.id_of(old)
    shop.correct(layla, phone=new, name="Layla Hassan")
    shop.money("balance.topped_up", old, 700)
    shop.told("customer.registered", old, name="Somebody Else")
    stranger, moved = shop.customer(old), shop.customer(new)
    assert stranger
    assert moved
    assert (stranger["name"], stranger["balance"]["spendable_minor"]) == ("Somebody Else", 700)
    assert (shop.id_of(new), moved["name"], moved["balance"]["spendable_minor"]) == (layla, "Layla Hassan", 0)
    (verification,) = [row for row in shop.rows("records") if row["sk"] == {"S": "verification"}]
    assert datetime.fromisoformat(verification["requested_at"]["S"]) < datetime.now(UTC) + timedelta(minutes=1)


def a_card_that_changes_hands(shop: Shop) -> None:
    for order in itertools.permutations(range(3)):
        a, b, card = shop.phone(), shop.phone(), f"card-{uuid.uuid4()}"
        for phone in (a, b):
            shop.told("customer.registered", phone, -20, name="Somebody")
        by_card = {"customer": {"provider_customer_id": card}, "amount_minor": 700, "currency": "QAR"}
        top_up = ""
        for number in order:
            if number == 1:
                # The first of all waits for a link.
                top_up = shop.send("balance.topped_up", -5, wait=order[0] != 1, **by_card)
            else:
                shop.told("provider_id.linked", b if number else a, -2 if number else -10, provider_customer_id=card)
        shop.wait_for(top_up)
        assert (shop.figures(a)[1], shop.figures(b)[1]) == (700, 0), order


def more_cards_than_are_shown(shop: Shop) -> None:
    for backwards in (False, True):
        phone, mark = shop.phone(), uuid.uuid4().hex
        shop.told("customer.registered", phone, -50, name="Somebody")
        for number in sorted(range(22), reverse=backwards):
            shop.told("provider_id.linked", phone, number - 40, provider_customer_id=f"{mark}-{number:02}")
        found = [shop.status(f"provider_customer_id={mark}-{number:02}") for number in range(22)]
        assert found == ["not_found"] * 2 + ["pending_proof"] * 20


def one_fact_id_for_two_things(shop: Shop) -> None:
    a, b = two(shop)
    fact_id = shop.told("consent.updated", a, consent={"marketing": True})
    shop.money("balance.topped_up", b, 50_000, fact_id=fact_id, wait=False)
    assert "fact_id: is the id of another fact" in shop.reason(fact_id)
    assert shop.customer(b) is None


def a_number_with_an_absorbed_id_in_it(shop: Shop) -> None:
    y, x = two(shop)
    shop.money("promo.granted", x, 1000, -5, grant_id="G1")
    shop.money("purchase.completed", x, 700, -5, purchase_id="P1")
    absorbed = shop.id_of(x)
    merged(shop, y, x)
    shop.money("promo.granted", y, 5, grant_id=f"G1/{absorbed}")
    shop.money("purchase.completed", y, 50_000, purchase_id=f"P1/{absorbed}")
    assert shop.figures(y) == (1005, 0, 2, 50_700)


def a_grant_released_by_the_absorbed_phone(shop: Shop) -> None:
    y, x = two(shop)
    shop.money("promo.granted", y, 700, -5, grant_id="welcome", expires_at="2031-12-01T00:00:00Z")
    for number, amount in enumerate((10, 20)):
        shop.money("promo.granted", y, amount, -5, grant_id=f"g{number}", expires_at=f"2031-0{number + 1}-01T00:00:00Z")
    merged(shop, y, x)
    shop.told("promo.released", x, grant_id="welcome")
    assert shop.figures(y)[:2] == (30, 700)


def equal_grants_of_two_absorbed(shop: Shop) -> None:
    for amounts in ((100, 50), (50, 100)) * 3:
        survivor, a, b = shop.phone(), shop.phone(), shop.phone()
        shop.money("promo.granted", a, amounts[0], -6, grant_id="welcome")
        shop.money("promo.granted", b, amounts[1], -5, grant_id="welcome")
        merged(shop, survivor, *((a, b) if amounts[0] == 100 else (b, a)))
        shop.told("promo.released", survivor, grant_id="welcome")
        assert shop.figures(survivor)[:2] == (amounts[1], amounts[0])


def late_facts_of_a_phone_that_the_survivor_took(shop: Shop) -> None:
    s, a = two(shop)
    shop.money("promo.granted", s, 700, -8, grant_id="g")
    shop.money("purchase.completed", s, 900, -8, purchase_id="p")
    merged(shop, s, a)
    shop.correct(shop.id_of(s), phone=a)
    shop.money("promo.granted", a, 5, -7, grant_id="g")
    shop.money("purchase.completed", a, 40, -7, purchase_id="p")
    assert shop.figures(a) == (705, 0, 2, 940)


def facts_right_after_a_merge(shop: Shop) -> None:
    s, a = two(shop)
    for number in range(BEHIND):
        shop.money("purchase.completed", a, 1, -9, purchase_id=f"p-{number}", wait=number == BEHIND - 1)
    eventually(lambda: (shop.customer(a) or {}).get("activity", {}).get("visit_count") == BEHIND)
    merged(shop, s, a)
    ids = [
        shop.money("balance.topped_up", a, 700, wait=False),
        shop.money("purchase.completed", a, 40, wait=False, purchase_id="later"),
        shop.money("promo.granted", s, 5, wait=False, grant_id="g"),
        shop.told("customer.registered", s, wait=False, name="Survivor"),
    ]
    for each in ids:
        # Ten minutes was what they waited before they were refused.
        shop.wait_for(each)
    assert shop.figures(a) == (5, 700, BEHIND + 1, BEHIND + 40)
    assert shop.refused() == []


def a_grant_that_has_expired(shop: Shop) -> None:
    phone = shop.phone()
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=15)
    shop.money("promo.granted", phone, 700, -1, grant_id="g", expires_at=end.isoformat())
    found = shop.lookup(phone)
    if datetime.now(UTC) < end:
        assert found["customer"]["balance"]["locked_promo_minor"] == 700
        assert found["unclaimed_cashback"]["amount_minor"] == 700
    eventually(lambda: shop.figures(phone)[0] == 0)
    assert datetime.now(UTC) >= end
    assert shop.lookup(phone)["unclaimed_cashback"]["amount_minor"] == 0
    eventually(lambda: (shop.stats()["locked_promo_minor"], shop.stats()["unclaimed_cashback_minor"]) == (0, 0))


def consent_that_is_worded_as_a_refusal(shop: Shop) -> None:
    s, a = two(shop)
    worded = shop.told("consent.updated", a, wait=False, consent={"do_not_contact": True})
    assert "contact" in shop.reason(worded)
    for phone, given in ((s, True), (a, False)):
        shop.told("consent.updated", phone, -2, consent={"contact": given})
    merged(shop, s, a)
    context = shop.read(f"/customers/{shop.id_of(s)}/context", "customer:CONTEXT")
    assert context["customer"]["consent"] == {"contact": False}


def a_late_state_after_a_merge(shop: Shop) -> None:
    s, a = two(shop)
    for number in range(BEHIND):
        shop.money("purchase.completed", a, 1, -9, purchase_id=f"p-{number}", wait=False)
    eventually(lambda: (shop.customer(a) or {}).get("activity", {}).get("visit_count") == BEHIND)
    merged(shop, s, a)
    shop.told("customer.registered", a, -20, name="Of Before")
    shop.told("preferences.updated", a, -20, preferences={"milk": "oat"})
    found = shop.lookup(s)
    assert (found["customer"]["name"], found["preferences"]) == ("Of Before", {"milk": "oat"})
    assert shop.figures(s) == (0, 0, BEHIND, BEHIND)


def a_walk_in_number(shop: Shop) -> None:
    phone, now = shop.phone(), datetime.now(UTC)
    visits = [(now - timedelta(days=80, seconds=-60 * each)).isoformat() for each in range(KEPT)]
    shop.told("customer.imported", phone, -1, source="old-pos", visits=visits, visit_count=KEPT)
    for number in range(VISITS):
        shop.money("purchase.completed", phone, 1, -number, purchase_id=f"p-{number}", wait=False)
    eventually(lambda: shop.activity(phone)["visit_count_last_90d"] == KEPT + VISITS)
    row = shop.row("customers", phone)
    assert len(json.dumps(row, default=bytes.hex)) < 2 * 32 * 1024


def a_visit_of_almost_ninety_days_ago(shop: Shop) -> None:
    phone = shop.phone()
    shop.money("purchase.completed", phone, 40, -90 * DAY + 40.5 / 3600, purchase_id="p")
    assert shop.activity(phone)["visit_count_last_90d"] == 1
    assert shop.lookup(phone)["customer"]["badge"] == "new"
    # Without a fact and without a write.
    eventually(lambda: shop.activity(phone)["visit_count_last_90d"] == 0)
    assert shop.lookup(phone)["customer"]["badge"] == "lapsed"


def rows_that_a_rebuild_needs(shop: Shop) -> None:
    phone, card = shop.phone(), f"card-{uuid.uuid4()}"
    shop.money("purchase.completed", phone, 700, -3, purchase_id="p")
    shop.told("provider_id.linked", phone, -3, provider_customer_id=card)
    top_up = shop.money("balance.topped_up", phone, 30, -2)
    customer_id, figures = shop.id_of(phone), shop.figures(phone)
    eventually(lambda: shop.stats_visits() == 1)
    # A purchase is counted once; who held the card is not guessed; a lost entry is not followed.
    shop.lose("records", customer_id, "purchase#p")
    assert "repaired: purchase#p" in shop.run("rebuild", "--customer", customer_id)
    eventually(lambda: (shop.figures(phone), shop.stats_visits()) == (figures, 1))
    holdings = shop.lose("records", f"provider#{card}", "holdings")
    assert "the holders of one are lost; link it again" in shop.run("rebuild", "--customer", customer_id)
    assert shop.status(f"provider_customer_id={card}") == "pending_proof"
    shop.put("records", holdings)
    (sk,) = [row["sk"]["S"] for row in shop.rows("records") if row["sk"]["S"].endswith(f"#{top_up}")]
    entry = shop.lose("records", customer_id, sk)
    told = shop.run("audit", "--enterprise", shop.enterprise.id)
    assert f"lost the ledger entries of 1 facts, for example of {top_up}" in told
    assert "lacks 1 of 3 entries" in told
    shop.run("rebuild", "--customer", customer_id)
    assert shop.figures(phone) == figures
    shop.put("records", {**entry, "detail": {"S": '{"amount_minor":30000,"currency":"QAR"}'}})
    told = shop.run("audit", "--enterprise", shop.enterprise.id)
    assert f"has an entry that was altered (the record of the fact {top_up} knows another content)" in told
    shop.put("records", entry)


def rows_that_belong_to_nobody_and_rows_that_are_gone(shop: Shop) -> None:
    s, a = two(shop)
    told_at = {"currency": "QAR", "occurred_at": (datetime.now(UTC) - timedelta(hours=2)).isoformat()}
    by_card: dict[str, Any] = {"customer": {"provider_customer_id": "card-1"}, "amount_minor": 30, **told_at}
    by_phone: dict[str, Any] = {"customer": {"phone": s}, "amount_minor": 700, **told_at}
    for phone in (s, a):
        shop.told("customer.registered", phone, -20, name="Somebody")
    shop.told("provider_id.linked", s, -10, provider_customer_id="card-1")
    lost = {shop.send("balance.topped_up", **each): each for each in (by_phone, by_card)}
    # Now the entry of the second moves.
    shop.told("provider_id.linked", a, -5, provider_customer_id="card-1")
    assert (shop.figures(s)[1], shop.figures(a)[1]) == (700, 30)
    merged(shop, s, a)
    row = shop.row("customers", s)
    assert row
    shop.put("customers", {**row, "pk": {"S": f"{shop.enterprise.id}#provider#nobodys"}})
    shop.put("customers", {**row, "pk": {"S": f"{shop.enterprise.id}#{shop.phone()}"}})
    shop.lose("customers", a)
    for fact_id, said in lost.items():
        shop.lose("records", f"fact#{fact_id}", "receipt")
        # It still counts once.
        shop.send("balance.topped_up", wait=False, fact_id=fact_id, **said)
    shop.money("balance.topped_up", s, 5)
    told = shop.run("audit", "--enterprise", shop.enterprise.id)
    for named in (
        "a copy at an id that is not theirs",
        "a second row",
        "the row at the phone of",
        *(f"the record of fact {fact_id}" for fact_id in lost),
        f"make rebuild ENTERPRISE={shop.enterprise.id}",
    ):
        assert named in told
    shop.run("rebuild", "--enterprise", shop.enterprise.id)
    assert shop.figures(a)[1] == 735


def a_customer_in_the_middle_of_a_checkout(shop: Shop) -> None:
    a, b = two(shop)
    for phone in (a, b):
        shop.told("customer.registered", phone, -2, name="Layla Hassan")
    session = opened(shop.enterprise)["session_id"]
    identify(shop.enterprise, session, {"phone": a})
    first, new = shop.id_of(a), shop.phone()

    def seen() -> dict[str, Any]:
        context: dict[str, Any] = read(shop.enterprise, session).json()["data"]["context"]
        return context

    shop.correct(first, phone=new)
    assert (seen()["status"], seen()["customer_id"]) == ("pending_proof", first)
    survivor = shop.id_of(b)
    shop.merge(survivor, first)
    assert (seen()["status"], seen()["customer_id"]) == ("pending_proof", survivor)


def names_and_numbers_that_are_typed(shop: Shop) -> None:
    words = " ".join(f"word{number}" for number in range(11))
    names = {"Nu\u02bcman": ("nu'man", "nu\u2019man"), words: ("word10",), "山田太郎": ("太郎",), "الهاشمي": ("هاشمي",)}
    phones = {name: shop.phone() for name in names}
    for name, phone in phones.items():
        shop.told("customer.registered", phone, -2, name=name)
    for name, queries in names.items():
        for query in queries:
            eventually(partial(shop.finds, phones[name], query=query))
    s, a = two(shop)
    merged(shop, s, a)
    eventually(partial(shop.finds, s, phone_last4=a[-4:]))


def spellings(shop: Shop) -> None:
    phone = shop.phone()
    shop.told("customer.registered", phone, -2, name="Layla Hassan")
    typed = f"({phone[:4]}) {phone[4:8]}\uff0d{phone[8:]}"
    assert shop.status(f"phone={quote(typed)}") == "pending_proof"
    assert shop.status(f"phone={quote(f'{phone[:4]}.{phone[4:8]}.{phone[8:]}')}") == "pending_proof"
    nameless = shop.told("customer.registered", phone, wait=False, name="\u200b\u2060")
    assert shop.reason(nameless)
    path, key = f"/customers/{quote(phone)}/events", {"Idempotency-Key": str(uuid.uuid4())}
    answers = [
        shop.enterprise.send("POST", path, None, key, json={"event_type": "feedback", "attributes": {"score": score}})
        for score in (1, 1.0)
    ]
    assert [each.json()["meta"]["idempotency_replayed"] for each in answers] == [False, True]
    settings: dict[str, Any] = {"name": "Test", "currency": "QRA", "home_region": "QA"}
    assert "4217" in shop.reason(shop.send("enterprise.configured", wait=False, **settings))


def a_purchase_late_in_the_evening(shop: Shop) -> None:
    settings = {"name": "Test", "currency": "QAR", "home_region": "QA", "time_zone": "Asia/Qatar"}
    shop.enterprise.publish("enterprise.configured", **settings, occurred_at="2026-11-01T11:00:00Z")
    eventually(lambda: shop.stats()["time_zone"] == "Asia/Qatar")
    at: dict[str, Any] = {"occurred_at": "2026-11-10T22:30:00Z"}
    shop.money("purchase.completed", shop.phone(), 40, purchase_id="p", **at)

    def days() -> list[str]:
        return [each["date"] for each in shop.stats()["days"] if each["visits"]]

    eventually(lambda: days() == ["2026-11-11"])


ROWS: dict[int, Callable[[Shop], None]] = {
    1: a_till_that_ran_ahead,
    2: a_card_that_changes_hands,
    3: more_cards_than_are_shown,
    4: one_fact_id_for_two_things,
    5: a_number_with_an_absorbed_id_in_it,
    6: a_grant_released_by_the_absorbed_phone,
    7: equal_grants_of_two_absorbed,
    8: late_facts_of_a_phone_that_the_survivor_took,
    9: facts_right_after_a_merge,
    10: a_grant_that_has_expired,
    11: consent_that_is_worded_as_a_refusal,
    12: a_late_state_after_a_merge,
    13: a_walk_in_number,
    14: a_visit_of_almost_ninety_days_ago,
    15: rows_that_a_rebuild_needs,
    16: rows_that_belong_to_nobody_and_rows_that_are_gone,
    17: a_customer_in_the_middle_of_a_checkout,
    18: names_and_numbers_that_are_typed,
    19: spellings,
    20: a_purchase_late_in_the_evening,
}
QUICK = (1, 4, 17)
"""The others are thorough: each takes some seconds, and has quicker tests in memory."""


@pytest.mark.parametrize(
    "row", [pytest.param(each, marks=() if each in QUICK else pytest.mark.thorough) for each in ROWS]
)
def test_what_was_wrong_is_right(shop: Shop, row: int) -> None:
    ROWS[row](shop)
