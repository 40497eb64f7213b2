"""A link that arrives after the erasure of the customer whom it names: what it should have owned is nobody else's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.store.erasure.sweep_aliases import AliasesSweep
from customers.store.erasure.sweep_history import HistorySweep
from customers.store.erasure.sweep_jobs import SweepJobs
from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.operations.erasure.test_erase_late import left
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.books import CUSTOMERS, RECORDS, SECRET, Books
from tests.support.erasure.erasing import derived_sums, erase, everything, later, settled_layla, sums
from tests.support.erasure.sweeping import ERASURES, LINKS
from tests.support.recording import id_of, stored
from tests.support.thorough import only

pytestmark = pytest.mark.slow

POS = "pos-9"
Tell = Callable[[], None]


def at(clock: str) -> str:
    return f"2026-11-01T{clock}:00Z"


def _id(*parts: str) -> str:
    return "#".join(parts).replace(":", "").replace("+", "")


def link(shop: Shop, phone: str, clock: str, kind: str = "provider_id.linked") -> None:
    said = {"provider_customer_id": POS, "occurred_at": clock if "T" in clock else at(clock)}
    shop.told(kind, phone, fact_id=_id(kind, phone, clock), **said)


def by_pos(shop: Shop, kind: str, clock: str, **said: Any) -> None:
    said = {"customer": {"provider_customer_id": POS}, "occurred_at": clock if "T" in clock else at(clock), **said}
    shop.told(kind, fact_id=_id(kind, "by-pos", clock), **said)


def top_up(shop: Shop, clock: str, amount: int) -> None:
    by_pos(shop, "balance.topped_up", clock, amount_minor=amount, **MONEY)


def everything_by_pos(shop: Shop) -> None:
    """700 to spend, 30 locked, a purchase of 900, and what is personal."""
    top_up(shop, "11:30", 650)
    by_pos(shop, "promo.granted", "11:31", grant_id="g-1", amount_minor=50, **MONEY)
    by_pos(shop, "promo.released", "11:32", grant_id="g-1")
    by_pos(shop, "promo.granted", "11:33", grant_id="g-2", amount_minor=30, **MONEY)
    by_pos(shop, "purchase.completed", "11:34", purchase_id="p-9", amount_minor=900, **MONEY)
    by_pos(shop, "consent.updated", "11:35", consent={"letters to Layla": True})
    by_pos(shop, "preferences.updated", "11:36", preferences={"note": "likes Layla"})
    by_pos(
        shop,
        "customer.imported",
        "11:37",
        source="old",
        name="Layla Import",
        lifetime_spend_minor=5,
        visit_count=1,
        **MONEY,
    )


def swept(tables: DynamoDBClient, shop: Shop, erasure_id: str) -> None:
    jobs = SweepJobs(tables, ERASURES, RECORDS, SECRET)
    for sweep in (HistorySweep(jobs, RECORDS), AliasesSweep(jobs, CUSTOMERS, RECORDS, LINKS)):
        for _ in sweep.pages(jobs.read(shop.enterprise, erasure_id)):
            pass


def twin(shop: Shop) -> dict[str, Any]:
    customer: dict[str, Any] = shop.lookup(f"phone=%2B{TWIN[1:]}").data["customer"]
    return customer


def audited(tables: DynamoDBClient, shop: Shop, *customer_ids: str) -> None:
    books = Books(tables, shop.enterprise)
    for each in customer_ids:
        assert books.rebuild.compare(shop.enterprise, each, "QAR").differences == ()


@pytest.mark.parametrize("sweep", [False, True])
def test_money_and_purchases_go_to_the_residual_ledger(shop: Shop, tables: DynamoDBClient, sweep: bool) -> None:
    layla = settled_layla(shop, tables)
    shop.told("balance.topped_up", TWIN, amount_minor=1, **MONEY)
    other = id_of(tables, shop, TWIN)
    link(shop, TWIN, "09:00")
    everything_by_pos(shop)
    assert twin(shop)["balance"]["spendable_minor"] == 701
    erasure = erase(shop, layla).data["erasure_id"]
    if sweep:
        swept(tables, shop, erasure)
    was, before = left(tables, shop, layla), sums(tables, shop)
    link(shop, LAYLA, "11:00")
    now = twin(shop)
    assert (now["balance"]["spendable_minor"], now["balance"]["locked_promo_minor"]) == (1, 0)
    assert (now["activity"]["visit_count"], now["activity"]["lifetime_spend_minor"]) == (0, 0)
    assert now["name"] is None
    row = left(tables, shop, layla)
    gained = {
        name: int(row[name]["N"]) - int(was.get(name, {"N": "0"})["N"]) for name in ("balance", "visits", "spend")
    }
    assert gained == {"balance": 700, "visits": 2, "spend": 905}
    assert int(row["locked"]["N"]) - int(was["locked"]["N"]) == 30
    # No money of the enterprise is lost, nor any part of the person found.
    assert {**sums(tables, shop), "unclaimed_minor": 0} == {**before, "unclaimed_minor": 0}
    assert derived_sums(tables, shop) == sums(tables, shop)
    audited(tables, shop, layla, other)
    mine = [row for row in stored(tables, shop.enterprise)[RECORDS] if row["pk"]["S"].endswith(layla)]
    assert sweep is False or "ayla" not in str(mine)
    assert "Layla Import" not in str(mine)
    assert shop.lookup(f"provider_customer_id={POS}").data["status"] == "not_found"
    # Told again, nothing changes; told anew, it is the erased one's too.
    state = everything(tables, shop)
    link(shop, LAYLA, "11:00")
    everything_by_pos(shop)
    assert everything(tables, shop) == state
    top_up(shop, "11:45", 7)
    assert int(left(tables, shop, layla)["balance"]["N"]) - int(was["balance"]["N"]) == 707
    # What happens after the erasure has no holder: it waits.
    with pytest.raises(AssertionError):
        top_up(shop, later(seconds=1), 3)


def test_a_purchase_that_is_in_an_imports_figures_too_is_taken_back(shop: Shop, tables: DynamoDBClient) -> None:
    """The history said so by the id, when nobody knew whose it was."""
    layla = settled_layla(shop, tables)
    shop.told("purchase.completed", LAYLA, purchase_id="p-9", occurred_at=at("11:33"), amount_minor=900, **MONEY)
    shop.told("balance.topped_up", TWIN, amount_minor=1, **MONEY)
    link(shop, TWIN, "09:00")
    by_pos(shop, "purchase.completed", "11:34", purchase_id="p-9", amount_minor=900, included_in="old", **MONEY)
    erase(shop, layla)
    was = left(tables, shop, layla)
    link(shop, LAYLA, "11:00")
    row = left(tables, shop, layla)
    assert [int(was[name]["N"]) - int(row[name]["N"]) for name in ("visits", "spend")] == [1, 900]
    audited(tables, shop, layla, id_of(tables, shop, TWIN))


def test_of_who_is_deleted_nothing_is_kept_but_a_count(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told("promo.granted", LAYLA, grant_id="welcome", amount_minor=700, **MONEY)
    shop.told("balance.topped_up", TWIN, amount_minor=1, **MONEY)
    layla, other = id_of(tables, shop), id_of(tables, shop, TWIN)
    link(shop, TWIN, "09:00")
    everything_by_pos(shop)
    erased = erase(shop, layla).data
    assert erased["outcome"] == "hard_deleted"
    link(shop, LAYLA, "11:00")
    now = twin(shop)
    assert (now["balance"]["spendable_minor"], now["balance"]["locked_promo_minor"]) == (1, 0)
    assert (now["activity"]["visit_count"], now["name"]) == (0, None)
    rows = stored(tables, shop.enterprise)[RECORDS]
    (pointer,) = [row for row in rows if row["sk"]["S"] == "pointer" and row["pk"]["S"].endswith(layla)]
    # Eight entries, and the link.
    assert int(pointer["late"]["N"]) == 9
    assert derived_sums(tables, shop) == sums(tables, shop)
    audited(tables, shop, other)
    records = [row for row in rows if row["pk"]["S"].startswith(f"{shop.enterprise}#fact#") and "by-pos" in str(row)]
    assert len(records) == 8
    assert all("customer_id" not in row for row in records)
    state = everything(tables, shop)
    link(shop, LAYLA, "11:00")
    everything_by_pos(shop)
    assert everything(tables, shop) == state


@pytest.mark.parametrize("step", only([1, 5], 5))
@pytest.mark.parametrize("linked", ["09:00", "after"])
def test_in_every_order(shop: Shop, tables: DynamoDBClient, linked: str, step: int) -> None:
    """Or in every one of so many. Whether the living customer had the id before the erased one or has got it since."""
    seen = []
    for number, order in [*enumerate(itertools.permutations(range(4)))][::step]:
        place = Shop(f"{shop.enterprise[:-3]}{number:03}")
        place.opened()
        layla = settled_layla(place, tables)
        place.told("balance.topped_up", TWIN, amount_minor=1, **MONEY)
        erase(place, layla)
        after = later(seconds=0) if linked == "after" else linked

        def tell(place: Shop = place, after: str = after) -> Sequence[Tell]:
            return (
                lambda: link(place, TWIN, after),
                lambda: link(place, LAYLA, "11:00"),
                lambda: top_up(place, "11:30", 20),
                lambda: top_up(place, "10:30", 300),
            )

        waiting = [tell()[each] for each in order]
        while waiting:
            again = []
            for each in waiting:
                try:
                    each()
                except AssertionError:
                    again.append(each)
            assert len(again) < len(waiting)
            waiting = again
        residual = int(left(tables, place, layla)["balance"]["N"])
        seen.append((residual, twin(place)["balance"]["spendable_minor"]))
        audited(tables, place, layla, id_of(tables, place, TWIN))
    # What came before the first link is the first holder's.
    assert set(seen) == {(20, 301) if linked == "09:00" else (320, 1)}


def test_more_than_fit_a_transaction(shop: Shop, tables: DynamoDBClient) -> None:
    layla = settled_layla(shop, tables)
    shop.told("balance.topped_up", TWIN, amount_minor=1, **MONEY)
    link(shop, TWIN, "09:00")
    for minute in range(20):
        top_up(shop, f"11:{minute + 10}", 5)
    erase(shop, layla)
    link(shop, LAYLA, "11:00")
    assert int(left(tables, shop, layla)["balance"]["N"]) == 100
    assert twin(shop)["balance"]["spendable_minor"] == 1
    audited(tables, shop, layla, id_of(tables, shop, TWIN))


def test_a_link_of_an_absorbed_customer_whose_survivor_is_erased(shop: Shop, tables: DynamoDBClient) -> None:
    layla, third = settled_layla(shop, tables), "+97433009876"
    shop.told("promo.granted", TWIN, grant_id="theirs", amount_minor=40, **MONEY)
    merge(shop, layla, id_of(tables, shop, TWIN))
    shop.told("balance.topped_up", third, amount_minor=1, **MONEY)
    link(shop, third, "09:00")
    everything_by_pos(shop)
    erasure = erase(shop, layla).data["erasure_id"]
    swept(tables, shop, erasure)
    link(shop, TWIN, "11:00")
    assert int(left(tables, shop, layla)["balance"]["N"]) == 700
    audited(tables, shop, layla, id_of(tables, shop, third))


def test_an_unlink_that_uncovers_an_erased_holder(shop: Shop, tables: DynamoDBClient) -> None:
    """She had given the id up when she was erased, or so it seemed: the link of the other one was wrong."""
    layla = settled_layla(shop, tables)
    shop.told("balance.topped_up", TWIN, amount_minor=1, **MONEY)
    link(shop, LAYLA, "09:00")
    link(shop, TWIN, "11:00")
    top_up(shop, "11:30", 20)
    erase(shop, layla)
    link(shop, TWIN, "11:40", "provider_id.unlinked")
    assert int(left(tables, shop, layla)["balance"]["N"]) == 20
    assert twin(shop)["balance"]["spendable_minor"] == 1
    audited(tables, shop, layla, id_of(tables, shop, TWIN))
    with pytest.raises(AssertionError):
        top_up(shop, later(seconds=1), 3)


def test_a_link_of_after_the_erasure_has_no_effect(shop: Shop, tables: DynamoDBClient) -> None:
    """By her id. She is nobody by then."""
    layla = settled_layla(shop, tables)
    shop.told("balance.topped_up", TWIN, amount_minor=1, **MONEY)
    link(shop, TWIN, "09:00")
    top_up(shop, "11:30", 20)
    erase(shop, layla)
    said = {"provider_customer_id": POS, "occurred_at": later(seconds=0)}
    shop.told("provider_id.linked", customer={"customer_id": layla}, **said)
    assert twin(shop)["balance"]["spendable_minor"] == 21
    assert shop.lookup(f"provider_customer_id={POS}").data["status"] != "not_found"


@pytest.mark.parametrize("sweep", [False, True])
def test_a_link_of_another_takes_the_books_from_who_is_erased_and_nothing_personal(
    shop: Shop, tables: DynamoDBClient, sweep: bool
) -> None:
    layla = settled_layla(shop, tables)
    shop.told("balance.topped_up", TWIN, amount_minor=1, **MONEY)
    link(shop, LAYLA, "09:00")
    by_pos(shop, "purchase.completed", "11:34", purchase_id="p-9", amount_minor=900, **MONEY)
    by_pos(shop, "consent.updated", "11:35", consent={"sms": True})
    by_pos(shop, "preferences.updated", "11:36", preferences={"note": "likes Layla"})
    erasure = erase(shop, layla).data["erasure_id"]
    if sweep:
        swept(tables, shop, erasure)
    before, visits = sums(tables, shop), int(left(tables, shop, layla)["visits"]["N"])
    link(shop, TWIN, "11:00")
    now = twin(shop)
    assert (now["activity"]["visit_count"], now["activity"]["lifetime_spend_minor"]) == (1, 900)
    assert int(left(tables, shop, layla)["visits"]["N"]) == visits - 1
    mine = [
        row for row in stored(tables, shop.enterprise)[RECORDS] if row["pk"]["S"].endswith(id_of(tables, shop, TWIN))
    ]
    assert "likes Layla" not in str(mine)
    assert {**sums(tables, shop), "unclaimed_minor": 0} == {**before, "unclaimed_minor": 0}
    assert derived_sums(tables, shop) == sums(tables, shop)
    audited(tables, shop, layla, id_of(tables, shop, TWIN))
