"""Random histories, each given by a number: every fact type, clocks a day off, late and repeated messages, and acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.model.imports import HISTORY, IMPORT
from tests.model.steps import Act, Correction, Erasure, Fact, Merge, Named, Step, Unmerge, Verification

START = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""When everything is read."""
PHONES = ["+97433001101", "+97433001102", "+97433001103"]
PROVIDER_IDS = ["pos-1", "pos-2"]
GRANTS: dict[str, datetime | None] = {"g-1": None, "g-2": START + timedelta(days=3), "g-3": END + timedelta(days=30)}
"""With their ends: all statements of a grant name the same one."""
MONEY = {"currency": "QAR"}
KINDS = {
    "customer.registered": 3,
    "customer.verified": 2,
    "customer.disabled": 1,
    "customer.enabled": 1,
    "provider_id.linked": 4,
    "provider_id.unlinked": 1,
    "purchase.completed": 5,
    "purchase.refunded": 2,
    "balance.topped_up": 4,
    "balance.spent": 2,
    "balance.settled": 2,
    "promo.granted": 4,
    "promo.released": 3,
    "promo.expired": 1,
    "preferences.updated": 2,
    "consent.updated": 2,
}
ACTS = ("phone", "phone", "name", "merge", "merge", "verify", "erase")
PARTING = ("phone", "name", "merge", "merge", "merge", "unmerge", "unmerge", "unmerge", "verify")
SELDOM = {"balance.spent": 1, "balance.settled": 1}
"""What often makes an unmerge impossible."""
EARLIER = frozenset((8, 60, 74, 205, 227, 250, 253, 272, 413, 444, 507, 540, 542, 579, 591, 1613, 5059, 40114))
"""Seeds that once differed, when histories had no unmerges yet: theirs stay as they were."""
SETTLING = 0.5
"""How often an erasure is preceded by a fact that settles what the runner finds there."""


@dataclass
class _Writer:
    random: Random
    acts: Sequence[str]
    kinds: Mapping[str, int] = field(default_factory=lambda: KINDS)
    often: float = 0.22
    """How many of the steps are acts."""
    least: int = 6
    """Steps."""
    sources: Sequence[str] = ()
    """Of imports."""
    absorbed: list[str] = field(default_factory=list)
    """The phones of customers who may have been absorbed."""
    now: datetime = START
    number: int = 0
    told: list[Fact] = field(default_factory=list)

    def steps(self) -> list[Step]:
        """In the order in which they are handed over."""
        steps: list[Step] = []
        kept_back: list[Fact] = []
        for _ in range(self.random.randint(self.least, 22)):
            self._pass()
            step = self._act() if self.random.random() < self.often else self._message()
            if isinstance(step, Fact) and self.random.random() < 0.2:
                kept_back.append(step)
            else:
                steps.append(step)
            while kept_back and self.random.random() < 0.25:
                steps.append(kept_back.pop(self.random.randrange(len(kept_back))))
        return steps + kept_back

    def told_at(self, phone: str) -> Fact:
        """A fact that makes the customer at a phone known."""
        self._pass()
        return Fact(
            "balance.topped_up", self._fact_id(), self.now, self.now, Named("phone", phone), self._fields("balance.")
        )

    def _pass(self) -> None:
        self.number += 1
        hours = self.random.choice([0.01, 0.1, 1, 5, 30])
        # No two acts are of one instant.
        until = max(self.now, END - timedelta(hours=1))
        self.now = min(self.now + timedelta(hours=hours), until) + timedelta(microseconds=1)

    def _act(self) -> Act:
        phone, other = self.random.sample(PHONES, 2)
        match self.random.choice(self.acts):
            case "phone":
                return Correction(self.now, phone, other)
            case "name":
                return Correction(self.now, phone, new_name=f"Office {self.number}")
            case "merge":
                self.absorbed.append(other)
                return Merge(self.now, phone, other)
            case "unmerge":
                return Unmerge(self.now, self.random.choice(self.absorbed or [phone]))
            case "verify":
                return Verification(self.now, phone)
            case _:
                return Erasure(self.now, phone)

    def _message(self) -> Fact:
        """A new fact, or one again, or its id with another content."""
        if self.told and self.random.random() < 0.1:
            again = replace(self.random.choice(self.told), received_at=self.now)
            if again.kind == "balance.topped_up" and self.random.random() < 0.5:
                return replace(again, fields={**again.fields, "amount_minor": again.fields["amount_minor"] + 1})
            return again
        kind = self.random.choices(list(self.kinds), list(self.kinds.values()))[0]
        named = self._named(kind)
        fact = Fact(kind, self._fact_id(), self._clock(), self.now, named, self._fields(kind))
        if self.sources:
            fact = self._of_sources(fact)
        self.told.append(fact)
        return fact

    def _of_sources(self, fact: Fact) -> Fact:
        """An import gets its fields, and some history says that it is in one."""
        source = self.random.choice(self.sources)
        if fact.kind == IMPORT:
            return replace(fact, fields={"source": source, **MONEY, **self._imported(fact.occurred_at)})
        if fact.kind in HISTORY and self.random.random() < 0.4:
            return replace(fact, fields={**fact.fields, "included_in": source})
        return fact

    def _imported(self, at: datetime) -> dict[str, Any]:
        """Some of what an import may say."""
        visits = [at - timedelta(hours=each) for each in self.random.sample(range(1, 99), self.random.randint(0, 3))]
        grant = {"grant_id": f"i-{self.number}", "amount_minor": self.number, "expires_at": GRANTS["g-3"]}
        said: dict[str, Any] = {
            "name": f"Import {self.number}",
            "verified": True,
            "member_since": datetime(2024, 1, self.random.randint(1, 28), tzinfo=UTC),
            "spendable_minor": self.random.choice([5, 500]),
            "grants": [grant],
            "lifetime_spend_minor": self.random.choice([70, 120_000]),
            # All that are listed count too.
            "visit_count": self.random.randint(len(visits) + 1, 9),
            "visits": sorted(visits),
            "last_visit_at": at - timedelta(hours=self.random.choice([1, 4000])),
            "preferences": {"milk": self.number},
            "consent": {"marketing": self.random.random() < 0.5},
        }
        return {name: value for name, value in said.items() if self.random.random() < 0.5}

    def _fact_id(self) -> str:
        """Ids are in no order."""
        return f"f-{self.random.randrange(10)}{self.number:03}"

    def _clock(self) -> datetime:
        match self.random.choices(["prompt", "late", "long ago", "ahead"], [10, 5, 1, 4])[0]:
            case "prompt":
                lag = -timedelta(seconds=self.random.choice([1, 30]))
            case "late":
                lag = -timedelta(hours=self.random.uniform(0.1, 60))
            case "long ago":
                lag = -timedelta(days=self.random.uniform(95, 100))
            case _:
                lag = timedelta(hours=self.random.uniform(0.1, 23.9))
        # To the second, and a fraction of its own.
        return (self.now + lag).replace(microsecond=self.number)

    def _named(self, kind: str) -> Named:
        roll = self.random.random()
        if kind.startswith("provider_id.") or kind == IMPORT or roll < 0.65:
            return Named("phone", self.random.choice(PHONES))
        if roll < 0.85:
            return Named("provider", self.random.choice(PROVIDER_IDS))
        return Named("customer", self.random.choice(PHONES))

    def _fields(self, kind: str) -> dict[str, Any]:
        amount = {"amount_minor": 10 ** self.random.randint(0, 4) * self.random.randint(1, 9), **MONEY}
        few = self.random.randint(1, 3)
        match kind:
            case "customer.registered":
                since = {"member_since": datetime(2025, few, 1, tzinfo=UTC)} if self.random.random() < 0.3 else {}
                return {"name": f"Name {self.number}", **since}
            case "provider_id.linked" | "provider_id.unlinked":
                return {"provider_customer_id": self.random.choice(PROVIDER_IDS)}
            case "purchase.completed":
                return {"purchase_id": f"p-{few}", **amount}
            case "purchase.refunded":
                return {"purchase_id": f"p-{few}", "refund_id": f"r-{few}", **amount}
            case "promo.granted":
                grant_id = f"g-{few}"
                end = {"expires_at": GRANTS[grant_id]} if GRANTS[grant_id] else {}
                return {"grant_id": grant_id, **end, **amount}
            case "promo.released" | "promo.expired":
                return {"grant_id": f"g-{few}"}
            case "preferences.updated":
                return {"preferences": {"milk": self.number}}
            case "consent.updated":
                return {"consent": {purpose: self.random.random() < 0.5 for purpose in ("marketing", "sms")[: few % 3]}}
            case _:
                return amount if kind.startswith("balance.") else {}


def history(seed: int) -> list[Step]:
    """The steps in the order in which they are handed over. What is kept back keeps its receipt."""
    return _Writer(Random(seed), ACTS if seed in EARLIER else (*ACTS, "unmerge")).steps()


def importing_history(seed: int) -> list[Step]:
    """The same, of customers whom other systems knew, with history that is in their figures and history that is not."""
    kinds = KINDS | {IMPORT: 8, "balance.settled": 4}
    acts = (*ACTS, "unmerge", "unmerge")
    return _Writer(Random(f"importing {seed}"), acts, kinds, least=10, sources=("old-pos", "app")).steps()


def parting_history(seed: int) -> list[Step]:
    """The same, of customers who are merged and set free again and again."""
    writer = _Writer(Random(f"parting {seed}"), PARTING, KINDS | SELDOM, often=0.4, least=15)
    known = [writer.told_at(phone) for phone in PHONES]
    return [*known, *writer.steps()]
