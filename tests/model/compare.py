"""One history through the real code and through the model: every difference, and the smallest history that has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from tests.model import imports, money, projection, stats
from tests.model.histories import END, PHONES, PROVIDER_IDS, START
from tests.model.holding import Part
from tests.model.parting import unmerging
from tests.model.product import Product, stopped
from tests.model.steps import Act, Correction, Erasure, Fact, Merge, Step, Unmerge, Verification
from tests.model.world import World

MAKE_KNOWN = ("provider_id.linked", "provider_id.unlinked", "promo.granted")
"""What other facts may wait for."""
Difference = tuple[str, Any, Any]
"""Where it is, what the model says, what the code says."""


def differences(client: DynamoDBClient, steps: Sequence[Step], seed: int, *, whole: bool = True) -> list[Difference]:
    """Run a history.

    `whole`: exports and stats are read too.
    """
    with stopped() as tell_time:
        tell_time(START)
        run = _Run(Product(client, tell_time), Random(seed))
        try:
            for step in steps:
                run.step(step)
            tell_time(END)
            return run.found + run.end(whole=whole)
        finally:
            run.product.close()


class _Run:
    def __init__(self, product: Product, random: Random) -> None:
        self.product, self._random = product, random
        self.steps: list[Step] = []
        """What was handed over and what committed."""
        self.found: list[Difference] = []

    def step(self, step: Step) -> None:
        if isinstance(step, Fact):
            self._tell(step)
        else:
            self._act(step)

    def _tell(self, fact: Fact) -> None:
        if fact.named.how == "customer" and not self._is_known_by_id(fact):
            return
        earlier = [each for each in self.steps if isinstance(each, Fact) and each.fact_id == fact.fact_id]
        if earlier and earlier[0].received_at > fact.received_at:
            # The first message was kept back: the code cannot know of an earlier receipt.
            return
        outcome = self.product.tell(fact)
        if fact.kind in MAKE_KNOWN:
            self.product.again()
        if earlier and earlier[0].content != fact.content:
            if not outcome.startswith("refused") and outcome != "waiting":
                self.found.append((f"reused {fact.fact_id}", "refused", outcome))
            return
        self.steps.append(fact)

    def _is_known_by_id(self, fact: Fact) -> bool:
        """Whether the phone still leads to the customer whose id was known when the fact was sent."""
        phone, people = fact.named.value, World(self.steps).people
        is_same = people.holder(phone, fact.received_at) == people.holder(phone, END)
        return is_same and self.product.id_at(phone) is not None

    def _act(self, act: Act) -> None:
        world = World(self.steps)
        expected, committed = self._expected(world, act)
        if expected is None:
            return
        phone = act.survivor if isinstance(act, Merge) else act.phone
        if isinstance(act, Verification) and (whole := world.at(phone, act.at)):
            # The link was asked for by the id of the whole, also where the phone is an absorbed one.
            phone = world.people.phones[whole]
        customer_id = self.product.id_at(phone)
        if customer_id is None:
            self.found.append((f"{act}", f"a customer at {phone}", None))
            return
        reply = self.product.act(act, customer_id)
        self.product.again()
        if reply.status != expected:
            self.found.append((f"{act}", expected, (reply.status, reply.body)))
        if reply.status == 200:
            if isinstance(committed, Erasure) and reply.data["outcome"] != committed.outcome:
                self.found.append((f"{act}", committed.outcome, reply.data["outcome"]))
            self.steps.append(committed)

    def _expected(self, world: World, act: Act) -> tuple[int | None, Act]:
        """The status that the contract asks for, None where there is nothing to ask; and the act as it commits."""
        phones = [act.survivor, act.absorbed] if isinstance(act, Merge) else [act.phone]
        customers = [world.at(phone, act.at) for phone in phones]
        whole = customers[0]
        if whole is None or None in customers:
            return None, act
        match act:
            case Correction(new_phone=str() as phone):
                if world.people.phones[whole] == phone:
                    return None, act
                return (200 if world.at(phone, act.at) in (None, whole) else 400), act
            case Merge():
                return _merge(world, whole, customers[1]), act
            case Verification():
                return self._verification(world, whole, act), act
            case Erasure():
                return _erasure(world, whole, act)
            case Unmerge():
                return unmerging(world, act)
            case _:
                return 200, act

    def _verification(self, world: World, whole: Part, act: Verification) -> int | None:
        customer_id = self.product.id_at(world.people.phones[whole])
        state = world.state(whole)
        return 200 if customer_id in self.product.links and not state.verified and not state.disabled[1] else None

    def end(self, *, whole: bool) -> list[Difference]:
        self.product.again()
        world, found = World(self.steps), list[Difference]()

        def equal(where: str, expected: Any, actual: Any) -> None:
            if expected != actual:
                found.append((where, *_narrowed(expected, actual)))

        for phone in PHONES:
            customer = world.at(phone, END)
            equal(phone, projection.lookup(world, customer, END), self.product.lookup("phone", phone))
            customer_id = self.product.id_at(phone)
            if whole and customer and customer_id and world.people.phones[customer] == phone:
                expected = projection.export(world, customer, END)
                equal(f"export {phone}", expected, self.product.export(customer_id, END))
        for value in PROVIDER_IDS:
            customer = world.by_provider_id(value, END)
            equal(value, projection.lookup(world, customer, END), self.product.lookup("provider_customer_id", value))
        if whole:
            equal("stats", stats.stats(world, START, END), self.product.stats(START, END))
        equal("audit", [], self.product.audit())
        return found


def _merge(world: World, survivor: Part, absorbed: Part | None) -> int | None:
    """Refused for a disabled customer, and where the other way round would keep a verified phone."""
    if absorbed is None or survivor == absorbed:
        return None
    ours, theirs = world.state(survivor), world.state(absorbed)
    refused = ours.disabled[1] or theirs.disabled[1] or (theirs.verified and not ours.verified)
    return 400 if refused else 200


def _erasure(world: World, whole: Part, act: Erasure) -> tuple[int, Erasure]:
    facts, state = world.facts_of(whole), world.state(whole)
    if money.balance(facts) > 0:
        return 400, act
    books = (*money.SIGNS, *money.TRANSACTIONS, *(f"{imports.INCLUDED}{each}" for each in money.SIGNS), imports.FIGURES)
    kept = state.ever_verified or any(each.kind in books for told in facts.values() for each in told)
    return 200, replace(act, outcome="anonymized" if kept or state.disabled[1] else "hard_deleted")


def _narrowed(expected: Any, actual: Any) -> tuple[Any, Any]:
    """Only what differs."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        names = [name for name in {**expected, **actual} if expected.get(name) != actual.get(name)]
        pairs = {name: _narrowed(expected.get(name), actual.get(name)) for name in names}
        return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}
    return expected, actual


def smallest(client: DynamoDBClient, steps: Sequence[Step], seed: int) -> list[Step]:
    """The history without every step that it takes no part in the difference."""
    left, number = list(steps), len(steps) - 1
    while number >= 0:
        fewer = left[:number] + left[number + 1 :]
        if differences(client, fewer, seed):
            left = fewer
            number = min(number, len(left))
        number -= 1
    return left
