"""GET /customers/{phone}/badge-reason, through the template's route."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from customers.catalogue.till.badge_reason import BADGE_REASON
from customers.domain.enterprise import Settings, Thresholds
from tests.operations.conftest import LAYLA, MONEY, Clock, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms


def badge_reason(shop: Shop) -> Reply:
    reply = call("GET", "/customers/%2B97433001122/badge-reason", "", shop.till)
    conforms(BADGE_REASON, reply)
    return reply


def test_it_is_what_a_lookup_folds_in(shop: Shop, clock: Clock) -> None:
    shop.told_of_layla()
    told = badge_reason(shop).data
    assert list(told) == ["status", "badge", "rule", "measures", "thresholds", "gaps", "fetched_at"]
    folded_in = shop.lookup("phone=33001122&include=badge_reason").data
    assert told == {
        "status": "registered",
        **folded_in["badge_reason"],
        "fetched_at": folded_in["fetched_at"],
    }
    assert told["badge"] == folded_in["customer"]["badge"] == "vip"


@pytest.mark.parametrize(
    ("days", "badge", "gaps"),
    [
        (0, "regular", {"vip": {"visit_count_last_90d": 5, "lifetime_spend_minor": 97_000}}),
        (
            90,
            "lapsed",
            {"regular": {"visit_count": 0}, "vip": {"visit_count_last_90d": 8, "lifetime_spend_minor": 97_000}},
        ),
    ],
)
def test_the_gaps_are_those_of_the_moment(
    shop: Shop, clock: Clock, days: int, badge: str, gaps: dict[str, dict[str, int]]
) -> None:
    for number in range(3):
        at = (clock.at - timedelta(hours=number)).isoformat()
        shop.told("purchase.completed", LAYLA, purchase_id=f"p{number}", amount_minor=1000, occurred_at=at, **MONEY)
    clock.forward(days=days)
    later = call(
        "GET", "/customers/33001122/badge-reason", "", replace(shop.till, expires_at=clock.at + timedelta(hours=1))
    )
    assert (later.data["badge"], later.data["gaps"]) == (badge, gaps)


def test_an_enterprise_sets_its_own_thresholds(shop: Shop) -> None:
    shop.told_of_layla()
    strict = replace(shop, settings=Settings("Test", "QAR", "QA", Thresholds(8, 200_000, 1)))
    told = badge_reason(strict).data
    assert (told["badge"], told["rule"]) == ("regular", "visit_count")
    assert told["thresholds"] == {"vip_visits_90d": 8, "vip_lifetime_spend_minor": 200_000, "regular_visits": 1}
    assert told["gaps"] == {"vip": {"visit_count_last_90d": 7, "lifetime_spend_minor": 16_000}}
