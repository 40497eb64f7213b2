"""What the contract says of a history: its customers, each with projection and ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.model import imports
from tests.model.holding import Part, People, ProviderIds, addressed, by_commit
from tests.model.money import Facts, too_late, waits
from tests.model.states import State, state
from tests.model.steps import Act, Fact, Step

LINKS = ("provider_id.linked", "provider_id.unlinked")


@dataclass
class World:
    """All that is so after some steps. The order of facts matters only where one id says two things."""

    steps: Sequence[Step]
    people: People = field(init=False)
    ids: ProviderIds = field(init=False)
    facts: dict[Part, list[Fact]] = field(init=False, default_factory=dict)
    """Those that count, by the part that they belong to."""
    acts: list[Act] = field(init=False)
    _named: dict[str, Part] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        told: dict[str, Fact] = {}
        acts: list[Act] = []
        for step in self.steps:
            if isinstance(step, Fact):
                told.setdefault(step.fact_id, step)
            else:
                acts.append(step)
        self.acts, self.people = by_commit(acts), People()
        for act in self.acts:
            self.people.do(act)
        self._belong(list(told.values()))
        self.facts = {part: imports.counted(about) for part, about in self.facts.items()}

    def _belong(self, facts: Sequence[Fact]) -> None:
        links = [each for each in facts if each.kind in LINKS]
        nobody = ProviderIds(self.people, [], {})
        named = {
            each.fact_id: addressed(each.named, each.held_at, each.received_at, self.people, nobody) for each in links
        }
        known = {fact_id: part for fact_id, part in named.items() if part}
        links = [each for each in links if each.fact_id in known and not self._came_after_the_erasure_of(known, each)]
        self.ids = ProviderIds(self.people, links, known)
        ends = []
        for fact in facts:
            part = known.get(fact.fact_id) or self._part(fact)
            if fact.named.how == "provider" and (part is None or self.people.erased):
                part = self._taker(fact, links, known)
            if part is None:
                continue
            self._named[fact.fact_id] = part
            if fact.kind in ("promo.released", "promo.expired"):
                ends.append(fact)
            else:
                self.facts.setdefault(part, []).append(fact)
        self._end(ends)

    def _part(self, fact: Fact) -> Part | None:
        return addressed(fact.named, fact.held_at, fact.received_at, self.people, self.ids)

    def _came_after_the_erasure_of(self, known: Mapping[str, Part], link: Fact) -> bool:
        """Such a link has no effect (docs/limits.md)."""
        erasure = self.people.erased.get(self.people.whole(known[link.fact_id]))
        return erasure is not None and self.steps.index(erasure) < self.steps.index(link)

    def _taker(self, fact: Fact, links: Sequence[Fact], known: Mapping[str, Part]) -> Part | None:
        """Who has a fact by a provider id: each link may move it, but never away from an erased customer.

        It stays where it is if nobody is known to have held the id. Whoever is told of it after that lets it wait.
        """
        taker: Part | None = None
        for count in range(self.steps.index(fact) + 1, len(self.steps) + 1):
            so_far = self.steps[:count]
            if taker and self.people.erased.get(self.people.whole(taker)) in so_far:
                break
            ids = ProviderIds(self.people, [each for each in links if each in so_far], known)
            taker = addressed(fact.named, fact.held_at, fact.received_at, self.people, ids) or taker
        return taker

    def _end(self, ends: Sequence[Fact]) -> None:
        """An end waits for a grant; a release from the grant's end on is refused."""
        for fact in ends:
            part = self._named[fact.fact_id]
            about = self.facts_of(self.people.whole(part))
            if not waits(part, fact, about) and not too_late(fact, about):
                self.facts.setdefault(part, []).append(fact)

    def facts_of(self, whole: Part) -> Facts:
        return {part: self.facts[part] for part in self.people.parts(whole) if part in self.facts}

    def exists(self, whole: Part) -> bool:
        """Whether anything was ever applied to the customer."""
        return bool(self.facts_of(whole))

    def customers(self) -> list[Part]:
        """All that exist and were neither absorbed nor erased."""
        wholes = {self.people.whole(part) for part in self.facts}
        return sorted(each for each in wholes if each not in self.people.erased)

    def at(self, phone: str, now: datetime) -> Part | None:
        """The customer whom a phone leads to."""
        whole = self.people.whole(self.people.holder(phone, now))
        return whole if self.exists(whole) and whole not in self.people.erased else None

    def by_provider_id(self, value: str, now: datetime) -> Part | None:
        part = self.ids.owner(value, now)
        whole = self.people.whole(part) if part else None
        return whole if whole and whole not in self.people.erased else None

    def state(self, whole: Part) -> State:
        """What is known of a customer; of an erased one what was known then, for nothing personal comes later."""
        facts = self.facts_of(whole)
        if erasure := self.people.erased.get(whole):
            known = {each.fact_id for each in self.steps[: self.steps.index(erasure)] if isinstance(each, Fact)}
            facts = {part: [each for each in told if each.fact_id in known] for part, told in facts.items()}
        return state(whole, facts, self.acts, self.people)

    def ledger(self, whole: Part) -> list[tuple[str, str]]:
        """Fact id and type of every entry that a fact made."""
        return sorted({imports.entry(each) for told in self.facts_of(whole).values() for each in told})
