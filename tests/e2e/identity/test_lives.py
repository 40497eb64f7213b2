"""Corrections that race each other, facts and merges: nothing is lost. `ROUNDS=200` looks longer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.support.stack.at_once import AT_A_TIME, ROUNDS, Enterprise, race

pytestmark = pytest.mark.property


@pytest.fixture
def shop(stack: dict[str, Any], own_tables: Any) -> Enterprise:
    return Enterprise(stack)


def test_of_two_corrections_for_one_number_one_wins(shop: Enterprise) -> None:
    def both() -> list[Callable[[], Any]]:
        number, first, second = shop.phone(), shop.customer(shop.phone()), shop.customer(shop.phone())
        return [partial(shop.correct, first, number), partial(shop.correct, second, number)]

    assert all(sorted(answers) == [200, 400] for answers in race(both))
    assert shop.audited()["balance"] == 200 * ROUNDS


def test_a_correction_loses_no_top_up_and_no_purchase(shop: Enterprise) -> None:
    def three() -> list[Callable[[], Any]]:
        phone = shop.phone()
        customer = shop.customer(phone)
        return [
            partial(shop.correct, customer, shop.phone()),
            partial(shop.tell, "balance.topped_up", phone, amount_minor=7),
            partial(shop.tell, "purchase.completed", phone, amount_minor=11),
        ]

    assert [answers[0] for answers in race(three)] == [200] * ROUNDS
    # What was bought and paid in before the correction is the person's, wherever it was in the race.
    assert len(shop.rows()) == ROUNDS
    assert shop.audited() == {"balance": 107 * ROUNDS, "visits": ROUNDS, "spend": 11 * ROUNDS}


def test_a_merge_that_races_a_correction_and_facts_loses_nothing(shop: Enterprise) -> None:
    phones: list[str] = []

    def three() -> list[Callable[[], Any]]:
        phone = shop.phone()
        survivor, absorbed = shop.customer(shop.phone()), shop.customer(phone)
        phones.append(phone)
        return [
            partial(shop.merge, survivor, absorbed),
            partial(shop.correct, absorbed, shop.phone()),
            partial(shop.tell, "balance.topped_up", phone, amount_minor=7),
        ]

    assert all(answers[0] == 200 for answers in race(three))
    for phone in phones:
        shop.tell("purchase.completed", phone, amount_minor=11)
    assert len(shop.rows()) == ROUNDS
    assert shop.audited() == {"balance": 207 * ROUNDS, "visits": ROUNDS, "spend": 11 * ROUNDS}


def test_whoever_has_absorbed_many_is_one_step_from_each(shop: Enterprise) -> None:
    many = 3 * ROUNDS
    survivor = shop.customer(shop.phone())
    phones = [shop.phone() for _ in range(many)]
    with ThreadPoolExecutor(2 * AT_A_TIME) as pool:
        ids = list(pool.map(shop.customer, phones))
        assert set(pool.map(partial(shop.merge, survivor), ids)) == {200}
        assert set(pool.map(shop.id_at, phones)) == {survivor}
    assert [row["absorbed"]["N"] for row in shop.rows()] == [str(many)]
    assert shop.audited()["balance"] == 100 * (many + 1)
