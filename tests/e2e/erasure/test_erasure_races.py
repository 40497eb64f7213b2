"""Erasures that race lookups, facts, corrections, merges and exports: nobody comes back, and no money is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from customers.domain.customers.profile import Profile
from customers.store.aws.signing import SigningKey
from tests.support.erasure.sweeping import BUCKET, Workflow
from tests.support.stack.at_once import ROUNDS, Enterprise, race

pytestmark = pytest.mark.property


@pytest.fixture
def shop(stack: dict[str, Any], own_tables: Any) -> Enterprise:
    return Enterprise(stack)


def settled(shop: Enterprise, phone: str) -> str:
    """Somebody verified, who has bought and has a locked grant, with nothing to spend: by id."""
    shop.tell("promo.granted", phone, grant_id=str(uuid4()), amount_minor=13)
    shop.tell("customer.verified", phone)
    shop.tell("purchase.completed", phone, amount_minor=11)
    return shop.id_at(phone)


def test_a_lookup_tells_of_the_whole_person_or_of_nobody(shop: Enterprise) -> None:
    phones: list[str] = []

    def several() -> list[Callable[[], Any]]:
        phones.append(phone := shop.phone())
        customer = settled(shop, phone)
        look = partial(shop.at, phone)

        def erase_and_look() -> Profile | None:
            assert shop.erase(customer) == 200
            return shop.at(phone)

        return [erase_and_look, *[lambda: [look() for _ in range(3)]] * 2]

    for after, *during in race(several):
        assert after is None
        for looks in during:
            assert {(seen.locked.at(datetime.now(UTC)), seen.activity.visit_count) for seen in looks if seen} <= {
                (13, 1)
            }
            assert looks == sorted(looks, key=lambda seen: seen is None)
    assert [shop.at(phone) for phone in phones] == [None] * ROUNDS
    assert shop.audited() == {"balance": 0, "visits": ROUNDS, "spend": 11 * ROUNDS}


def test_earlier_facts_go_to_the_residual_ledger(shop: Enterprise) -> None:
    def several() -> list[Callable[[], Any]]:
        phone = shop.phone()
        customer = settled(shop, phone)
        # Rounds begin in any order, so each says whose it is.
        return [
            lambda: (phone, customer, shop.erase(customer)),
            partial(shop.tell, "balance.topped_up", phone, amount_minor=7),
            partial(shop.tell, "purchase.completed", phone, amount_minor=11),
        ]

    told = race(several)
    for (phone, customer, erased), *_ in told:
        # Who has money to spend stays, until it is settled.
        assert erased in (200, 400)
        assert (shop.at(phone) is None) == (erased == 200)
        if erased == 400:
            assert shop.id_at(phone) == customer
            shop.tell("balance.settled", phone, amount_minor=7)
            assert shop.erase(customer) == 200
            assert shop.at(phone) is None
    settled_minor = 7 * sum(erased == 400 for (*_, erased), *_ in told)
    assert len(shop.rows()) == ROUNDS
    assert shop.audited() == {"balance": 7 * ROUNDS - settled_minor, "visits": 2 * ROUNDS, "spend": 22 * ROUNDS}


def test_facts_of_afterwards_are_of_somebody_new(shop: Enterprise) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)

    def both() -> list[Callable[[], Any]]:
        phone = shop.phone()
        customer = settled(shop, phone)

        def erase_and_return() -> tuple[str, Profile | None]:
            assert shop.erase(customer) == 200
            shop.tell("purchase.completed", phone, at=later, amount_minor=11)
            return customer, shop.at(phone)

        return [erase_and_return, partial(shop.tell, "purchase.completed", phone, amount_minor=11)]

    for (customer, new), _ in race(both):
        assert new
        assert (new.customer_id != customer, new.state, new.activity.visit_count) == (True, "PENDING_PROOF", 1)
    assert shop.audited() == {"balance": 0, "visits": 3 * ROUNDS, "spend": 33 * ROUNDS}


def test_a_correction_brings_nobody_back(shop: Enterprise) -> None:
    phones: list[str] = []

    def both() -> list[Callable[[], Any]]:
        customer = settled(shop, phone := shop.phone())
        phones.extend((phone, new := shop.phone()))
        return [partial(shop.erase, customer), partial(shop.correct, customer, new)]

    told = race(both)
    assert {erased for erased, _ in told} == {200}
    assert {corrected for _, corrected in told} <= {200, 404}
    assert [shop.at(phone) for phone in phones] == [None] * (2 * ROUNDS)
    # Who was corrected first had not proven the new number. The books are kept all the same.
    assert shop.audited() == {"balance": 0, "visits": ROUNDS, "spend": 11 * ROUNDS}


@pytest.mark.parametrize("whom", ["the survivor", "the absorbed"])
def test_a_merge_is_whole_before_or_not_at_all_after(shop: Enterprise, whom: str) -> None:
    def both() -> list[Callable[[], Any]]:
        pair = shop.phone(), shop.phone()
        survivor, absorbed = (settled(shop, phone) for phone in pair)
        gone = survivor if whom == "the survivor" else absorbed
        return [lambda: (pair, shop.erase(gone)), partial(shop.merge, survivor, absorbed)]

    for (pair, erased), merged in race(both):
        assert (erased, merged) in {(200, 200), (200, 404)}
        left = [phone for phone in pair if shop.at(phone)]
        # Merged, they are one person, and gone together.
        assert left == ([] if merged == 200 else [pair[whom == "the survivor"]])
    assert shop.audited() == {"balance": 0, "visits": 2 * ROUNDS, "spend": 22 * ROUNDS}


def test_no_file_outlives_the_sweep(
    shop: Enterprise, own_tables: Any, aws: Callable[[str], Any], stack: dict[str, Any]
) -> None:
    def both() -> list[Callable[[], Any]]:
        customer = settled(shop, shop.phone())
        return [partial(shop.erase, customer), partial(shop.export, customer), partial(shop.export, customer)]

    assert {erased for erased, *_ in race(both)} == {200}
    workflow = Workflow(own_tables, SigningKey(aws("kms"), stack["receipts_key"]), aws("s3"))
    for erasure in shop.erasures():
        workflow.run(shop.id, erasure)
    listed = aws("s3").list_object_versions(Bucket=BUCKET, Prefix=f"{shop.id}/")
    assert not listed.get("Versions")
    assert [row for row in shop.records() if row["sk"]["S"] == "export"] == []
