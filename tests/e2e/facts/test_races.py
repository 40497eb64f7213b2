"""Fifty writers at once, on tables that answer as DynamoDB does: nothing is lost, and one phone is one customer.

`TOP_UPS=1000` looks longer.
"""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import CustomerFact
from customers.domain.identifiers.address import Address, ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Conflict
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.facts.ledger import Ledger
from tests.support.books import SECRET
from tests.support.facts import LAYLA, NOON, customer_fact

THREADS = 50
TOP_UPS = int(os.environ.get("TOP_UPS", "200"))


@pytest.fixture
def enterprise() -> str:
    """These tests write past the bus, so that nothing but the store keeps the writers apart."""
    return str(uuid.uuid4())


@pytest.fixture(scope="module")
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool


class Tables:
    """The stores over the running stack's tables."""

    def __init__(self, stack: dict[str, Any], aws: Callable[[str], Any]) -> None:
        tables = (stack["tables"]["customers"], stack["tables"]["records"])
        self.client = aws("dynamodb")
        self._finder = CustomerFinder(self.client, *tables, HoldersByIdentifier(self.client, tables[1], SECRET))
        self.ledger = Ledger(self.client, *tables, stack["tables"]["derived"], SECRET)

    def find(self, enterprise: str, address: Address) -> Profile | None:
        return self._finder.find(enterprise, address, NOON).profile

    def apply(self, facts: list[CustomerFact]) -> list[Any]:
        """As the queue does: a message that always conflicts comes again, later."""
        while True:
            try:
                return self.ledger.post(facts)
            except Conflict:
                time.sleep(random.uniform(0.05, 0.5))


@pytest.fixture(scope="module")
def tables(stack: dict[str, Any], aws: Callable[[str], Any]) -> Tables:
    return Tables(stack, aws)


def test_top_ups_of_one_customer_by_fifty_threads_are_all_there(
    tables: Tables, crowd: ThreadPoolExecutor, enterprise: str
) -> None:
    facts = [customer_fact("balance.topped_up", enterprise, amount_minor=number) for number in range(TOP_UPS)]
    # As consumers have them in hand: one alone, or a batch of ten; every fifth fact is in two hands.
    half = TOP_UPS // 2
    alone = [[fact] for fact in facts[:half]]
    batches = [told[start : start + 10] for told in (facts[half:], facts[::5]) for start in range(0, len(told), 10)]
    list(crowd.map(tables.apply, [*alone, *batches]))
    layla = tables.find(enterprise, Phone(LAYLA))
    assert layla
    assert (layla.balance_minor, layla.version) == (sum(range(TOP_UPS)), TOP_UPS)


@pytest.mark.thorough
def test_fifty_threads_that_introduce_one_phone_make_one_customer(
    tables: Tables, crowd: ThreadPoolExecutor, enterprise: str
) -> None:
    facts = [customer_fact("purchase.completed", enterprise, amount_minor=1) for _ in range(THREADS)]
    list(crowd.map(lambda fact: tables.apply([fact]), facts))
    layla = tables.find(enterprise, Phone(LAYLA))
    assert layla
    assert (layla.activity.visit_count, layla.activity.lifetime_spend_minor) == (THREADS, THREADS)


@pytest.mark.thorough
def test_fifty_claims_to_one_provider_id_leave_one_owner(
    tables: Tables, crowd: ThreadPoolExecutor, enterprise: str
) -> None:
    phones = [f"+974330011{number:02}" for number in range(THREADS)]
    links = [
        customer_fact("provider_id.linked", enterprise, about=phone, fact_id=f"link-{number:02}", at=NOON)
        for number, phone in enumerate(phones)
    ]
    list(crowd.map(lambda fact: tables.apply([fact]), links))
    owner = tables.find(enterprise, ProviderId("pos-1"))
    assert owner
    assert owner.phone.e164 == phones[-1]
    everybody = [tables.find(enterprise, Phone(phone)) for phone in phones]
    assert [each.provider_ids for each in everybody if each] == [()] * (THREADS - 1) + [("pos-1",)]
