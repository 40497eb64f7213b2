"""Erasures that wait for the money to be settled: carried out once it is, or given up, and one for all who ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.operations.conftest import LAYLA, MONEY, NAME, Shop
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.dynamodb.worlds import NOW, stopped
from tests.support.erasure.erasing import MAY, entries, erase, everything, held
from tests.support.http.gateway import Reply
from tests.support.recording import forget, id_of, outbox

DAYS_30 = timedelta(days=30)
SECOND = timedelta(seconds=1)


class Waiting:
    """A customer with money, who is to be erased."""

    def __init__(self, shop: Shop, tables: DynamoDBClient) -> None:
        self.shop, self.tables = shop, tables
        shop.settings = replace(shop.settings, erasure_policy="escalate")
        self.id = self.customer(LAYLA, NAME, 500)
        self.asked = self.erase("one")

    def customer(self, phone: str, name: str, amount: int) -> str:
        self.shop.told("customer.registered", phone, name=name)
        self.shop.told("customer.verified", phone)
        self.shop.told("balance.topped_up", phone, amount_minor=amount, **MONEY)
        return id_of(self.tables, self.shop, phone)

    def erase(self, key: str, customer_id: str = "") -> Reply:
        office = replace(self.shop.admin(MAY), expires_at=NOW + 2 * DAYS_30)
        return erase(self.shop, customer_id or self.id, key, principal=office)

    def settle(self, amount: int, phone: str = LAYLA) -> None:
        self.shop.told("balance.settled", phone, amount_minor=amount, **MONEY)

    def step(self, asked: Reply | None = None) -> str:
        """The workflow's state, run once."""
        from gdpr.settle_erasure import handler

        erasure = (asked or self.asked).data["erasure_id"]
        return handler({"enterprise_id": self.shop.enterprise, "erasure_id": erasure}, None)["outcome"]

    def found(self, phone: str = LAYLA) -> Any:
        """Status, name and money at the till."""
        till = replace(self.shop.till, expires_at=NOW + 2 * DAYS_30)
        data = self.shop.lookup(f"phone={phone.removeprefix('+974')}", till).data
        customer = data["customer"]
        return data["status"], *((customer["name"], customer["balance"]["spendable_minor"]) if customer else ())

    def erasures(self) -> list[tuple[str, str]]:
        """Of each its state and whom it is about; and who waits."""
        told = [(row["status"]["S"], row["customer_id"]["S"]) for row in entries(self.tables, self.shop)]
        rows = held(self.tables, self.shop)["ErasuresTable"]
        return [*told, *(("waits", row["sk"]["S"].partition("#")[2]) for row in rows if "status" not in row)]


@pytest.fixture
def clock() -> Iterator[Callable[[datetime], None]]:
    with stopped() as moved:
        yield moved


@pytest.fixture
def layla(clock: object, shop: Shop, tables: DynamoDBClient) -> Iterator[Waiting]:
    yield Waiting(shop, tables)
    forget(tables, shop.enterprise)


def published(w: Waiting) -> list[str]:
    return sorted(row["type"]["S"] for row in outbox(w.tables, w.shop))


def test_once_the_money_is_settled_nobody_knows_them(layla: Waiting) -> None:
    assert layla.step() == "waiting"
    assert layla.found() == ("registered", NAME, 500)
    layla.settle(499)
    assert layla.step() == "waiting"
    layla.settle(1)
    assert layla.step() == "erased"
    assert layla.found() == ("not_found",)
    assert layla.erasures() == [("erasing", layla.id)]
    assert published(layla) == ["customer.erased", "customer.erasure_escalated"]
    # The workflow may run its state again.
    after = everything(layla.tables, layla.shop)
    assert layla.step() == "erased"
    assert everything(layla.tables, layla.shop) == after


def test_after_thirty_days_the_person_stays_and_may_be_erased_anew(
    layla: Waiting, clock: Callable[[datetime], None]
) -> None:
    clock(NOW + DAYS_30 - SECOND)
    assert layla.step() == "waiting"
    clock(NOW + DAYS_30)
    assert layla.step() == "expired"
    assert layla.erasures() == [("expired", layla.id)]
    # Settled too late: the request must be sent again.
    layla.settle(500)
    assert layla.step() == "expired"
    assert layla.found() == ("registered", NAME, 0)
    again = layla.erase("three")
    assert (again.status, again.data["outcome"]) == (200, "anonymized")
    assert again.data["erasure_id"] != layla.asked.data["erasure_id"]
    assert sorted(layla.erasures()) == [("erasing", layla.id), ("expired", layla.id)]


def test_settled_on_the_last_day_they_are_erased_and_not_kept(
    layla: Waiting, clock: Callable[[datetime], None]
) -> None:
    layla.settle(500)
    clock(NOW + DAYS_30)
    assert layla.step() == "erased"
    assert layla.found() == ("not_found",)


def test_after_a_merge_meanwhile_the_survivor_is_erased(layla: Waiting) -> None:
    omar = layla.customer(TWIN, "L. H.", 70)
    layla.settle(500)
    assert merge(layla.shop, omar, layla.id).status == 200
    # The money is the one person's now, and waits to be settled as it did before.
    assert layla.step() == "waiting"
    layla.settle(70, TWIN)
    assert layla.step() == "erased"
    assert (layla.found(), layla.found(TWIN)) == (("not_found",), ("not_found",))
    assert layla.erasures() == [("erasing", omar)]


def _two_wait(w: Waiting) -> tuple[str, Reply]:
    """Two customers wait to be erased, and are merged: the survivor's id, and the second answer."""
    omar = w.customer(TWIN, "L. H.", 70)
    second = w.erase("two", omar)
    assert (w.asked.status, second.status) == (202, 202)
    w.settle(500)
    assert merge(w.shop, omar, w.id).status == 200
    w.settle(70, TWIN)
    return omar, second


@pytest.mark.parametrize("first", [0, 1])
def test_two_who_wait_and_are_merged_are_erased_by_both_requests(layla: Waiting, first: int) -> None:
    """The person is erased once, and each request ends with an erasure that is swept and sealed."""
    omar, second = _two_wait(layla)
    asked = [layla.asked, second]
    assert layla.step(asked[first]) == "erased"
    assert layla.step(asked[1 - first]) == "erased"
    assert (layla.found(), layla.found(TWIN)) == (("not_found",), ("not_found",))
    assert layla.erasures() == [("erasing", omar)] * 2
    rows = entries(layla.tables, layla.shop)
    assert {row["sk"]["S"] for row in rows} == {each.data["erasure_id"] for each in asked}
    for name in ("outcome", "erased_at", "names"):
        assert rows[0][name] == rows[1][name]
    assert published(layla).count("customer.erased") == 2
    after = everything(layla.tables, layla.shop)
    assert [layla.step(each) for each in asked] == ["erased", "erased"]
    assert everything(layla.tables, layla.shop) == after


def test_one_who_waits_is_erased_by_a_request_about_the_survivor(layla: Waiting) -> None:
    omar = layla.customer(TWIN, "L. H.", 0)
    layla.settle(500)
    assert merge(layla.shop, omar, layla.id).status == 200
    assert layla.erase("two", omar).status == 200
    assert layla.step() == "erased"
    assert layla.erasures() == [("erasing", omar)] * 2


def test_a_wait_that_was_too_long_ends_with_the_erasure_of_the_other(
    layla: Waiting, clock: Callable[[datetime], None]
) -> None:
    _, second = _two_wait(layla)
    assert layla.step() == "erased"
    clock(NOW + 2 * DAYS_30)
    assert layla.step(second) == "erased"


def test_all_who_ask_are_told_of_one_erasure_and_told_it_again(layla: Waiting) -> None:
    other = layla.erase("two")
    assert (other.status, other.data) == (202, layla.asked.data)
    assert layla.erasures() == [("escalated", layla.id), ("waits", layla.id)]
    assert published(layla) == ["customer.erasure_escalated"]
    layla.settle(500)
    assert layla.step() == "erased"
    for key in ("one", "two"):
        replay = layla.erase(key)
        assert (replay.status, replay.data) == (202, layla.asked.data)
        assert replay.body["meta"]["idempotency_replayed"]
    assert layla.erase("three").status == 404
    assert layla.erasures() == [("erasing", layla.id)]


def test_a_request_after_the_settlement_carries_out_the_waiting_erasure(layla: Waiting) -> None:
    layla.settle(500)
    done = layla.erase("two")
    assert (done.status, done.data["erasure_id"]) == (200, layla.asked.data["erasure_id"])
    assert layla.step() == "erased"
    assert layla.erasures() == [("erasing", layla.id)]
    assert published(layla) == ["customer.erased", "customer.erasure_escalated"]
    assert [layla.erase(key).status for key in ("one", "two")] == [202, 200]
