"""Locked money ends at `expires_at`, for every reader at the same second, with no fact and no write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.refusals import CannotApply
from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.auth.principal import Principal
from tests.operations.conftest import LAYLA, MONEY, Clock, Shop
from tests.support.books import Books
from tests.support.facts import NOON
from tests.support.http.gateway import Reply, call
from tests.support.recording import id_of
from tests.support.stats.derivation import deriver

PHONE = LAYLA.replace("+", "%2B")
SECOND = timedelta(seconds=1)


def shown(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def till(shop: Shop) -> Principal:
    """Its token outlives every clock here."""
    return replace(shop.till, expires_at=datetime.now(UTC) + timedelta(days=9000))


def office(shop: Shop, permission: str) -> Principal:
    return replace(shop.admin(permission), expires_at=till(shop).expires_at)


def stats(shop: Shop) -> dict[str, Any]:
    reply = call("GET", "/customers/stats", "", office(shop, "customer:STATS"))
    return {name: reply.data[name] for name in ("locked_promo_minor", "unclaimed_cashback_minor")}


@pytest.fixture
def ends(shop: Shop, tables: DynamoDBClient, clock: Clock) -> datetime:
    """A customer with three grants: one ends tomorrow at noon, one later, one never."""
    clock.at = datetime.now(UTC).replace(microsecond=0)
    ends = (clock.at + timedelta(days=1)).replace(hour=12, minute=0, second=0)
    for name, amount, expires_at in (("soon", 100, ends), ("later", 20, ends + timedelta(days=30)), ("never", 3, None)):
        more = {"expires_at": shown(expires_at)} if expires_at else {}
        shop.told("promo.granted", LAYLA, grant_id=name, amount_minor=amount, **MONEY, **more)
    assert deriver(tables).reconcile([CustomerRef(shop.enterprise, id_of(tables, shop))]) == {}
    return ends


def test_every_read_drops_it_at_that_second(
    shop: Shop, tables: DynamoDBClient, clock: Clock, ends: datetime, requests: list[str]
) -> None:
    customer_id = id_of(tables, shop)

    def look() -> tuple[list[int], list[str | None], list[str]]:
        lookup = shop.lookup(f"phone={PHONE}", till(shop)).data
        summary = call("GET", f"/customers/{PHONE}/summary-cached", "", till(shop)).data
        identified = call("POST", "/identify", "", till(shop), body={"phone": LAYLA}).data
        context = call("GET", f"/customers/{customer_id}/context", "", office(shop, "customer:CONTEXT")).data[
            "customer"
        ]
        search = call(
            "POST", "/customers/search", "", office(shop, "customer:SEARCH"), body={"phone_prefix": LAYLA}
        ).data
        people = [lookup["customer"], summary["customer"], identified["customer"], context, search["customers"][0]]
        locked = [each["balance"]["locked_promo_minor"] for each in people]
        waiting = [each["unclaimed_cashback"] for each in (lookup, summary, identified)]
        locked += [each["amount_minor"] for each in waiting] + [*stats(shop).values()]
        return locked, [each["expires_at"] for each in waiting], [each["grant_id"] for each in context["grants"]]

    # A summary may be five seconds old.
    clock.at = ends - 6 * SECOND
    assert look() == ([123] * 10, [shown(ends)] * 3, ["soon", "later", "never"])
    clock.at = ends - timedelta(microseconds=1)
    assert balance(shop).data["unclaimed_cashback"]["amount_minor"] == 123
    clock.at = ends
    requests.clear()
    assert look() == ([23] * 10, [shown(ends + timedelta(days=30))] * 3, ["later", "never"])
    # The entries of the two administrators' requests, and nothing else.
    assert [each for each in requests if "Write" in each or "Put" in each or "Update" in each] == ["PutItem"] * 2
    clock.at = ends + timedelta(days=30)
    assert look() == ([3] * 10, [None] * 3, ["never"])
    clock.at = ends + timedelta(days=5000)
    assert stats(shop) == {"locked_promo_minor": 3, "unclaimed_cashback_minor": 3}


def test_the_cost_of_stats_does_not_grow_with_age(
    shop: Shop, clock: Clock, ends: datetime, requests: list[str]
) -> None:
    for at in (ends, ends + timedelta(days=29), ends + timedelta(days=5000)):
        clock.at = at
        requests.clear()
        stats(shop)
        assert requests == ["Query"] * 5


def balance(shop: Shop) -> Reply:
    return shop.lookup(f"phone={PHONE}", till(shop))


def test_a_release_from_before_the_end_still_releases(shop: Shop, clock: Clock, ends: datetime) -> None:
    clock.at = ends + timedelta(hours=1)
    assert balance(shop).data["customer"]["balance"]["locked_promo_minor"] == 23
    shop.told("promo.released", LAYLA, grant_id="soon", occurred_at=shown(datetime.now(UTC)))
    money = balance(shop).data["customer"]["balance"]
    assert (money["spendable_minor"], money["locked_promo_minor"]) == (100, 23)


def grant(books: Books, **fields: Any) -> None:
    books.post("promo.granted", grant_id="g-1", amount_minor=100, **fields)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), timedelta(days=1)])
def test_a_release_from_the_end_on_is_refused_with_that_reason(books: Books, late: timedelta) -> None:
    ends = NOON + timedelta(days=3)
    grant(books, expires_at=shown(ends))
    before = books.everything()
    with pytest.raises(CannotApply, match="grant_id: the grant had ended by then, at its expires_at"):
        books.post("promo.released", grant_id="g-1", at=ends + late)
    assert books.everything() == before
    books.post("promo.released", grant_id="g-1", at=ends - timedelta(microseconds=1))
    assert books.customer().balance_minor == 100


def test_a_restatement_with_another_end_opens_it_again(books: Books) -> None:
    first, second = NOON + timedelta(days=3), NOON + timedelta(days=30)
    grant(books, expires_at=shown(first))
    assert books.customer().locked.at(first) == 0
    grant(books, expires_at=shown(second), at=NOON + timedelta(days=5))
    assert (books.customer().locked.at(first), books.customer().locked.at(second)) == (100, 0)
    books.post("promo.released", grant_id="g-1", at=NOON + timedelta(days=10))
    assert (books.customer().locked.at(NOON), books.customer().balance_minor) == (0, 100)


def test_an_earlier_end_that_is_stated_later_takes_a_release_back(books: Books) -> None:
    grant(books, expires_at=shown(NOON + timedelta(days=30)))
    books.post("promo.released", grant_id="g-1", at=NOON + timedelta(days=10))
    assert books.customer().balance_minor == 100
    grant(books, expires_at=shown(NOON + timedelta(days=3)), at=NOON + timedelta(days=1))
    customer = books.customer()
    assert (customer.balance_minor, customer.locked.at(NOON + timedelta(days=3))) == (0, 0)
