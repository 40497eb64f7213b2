"""What the contract says of a history: its customers, each with projection and ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
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
    _people_after: list[People] = field(init=False)
    """After so many steps."""
    _links: list[Fact] = field(init=False)
    _ids_after: dict[int, ProviderIds] = field(init=False, default_factory=dict)
    named: dict[str, Part] = field(init=False, default_factory=dict)
    """The part that each fact names, by fact id."""

    def __post_init__(self) -> None:
        told: dict[str, Fact] = {}
        acts: list[Act] = []
        for step in self.steps:
            if isinstance(step, Fact):
                told.setdefault(step.fact_id, step)
            else:
                acts.append(step)
        self.acts, self.people = by_commit(acts), People()
        self._people_after = [deepcopy(self.people)]
        for step in self.steps:
            if not isinstance(step, Fact):
                self.people.do(step)
            self._people_after.append(deepcopy(self.people))
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
        self.ids, self._links = ProviderIds(self.people, links, known), links
        ends = []
        for fact in facts:
            part = known.get(fact.fact_id) or self._part(fact)
            if fact.named.how == "provider" and (part is None or self.people.erased):
                part = self._taker(fact, links, known)
            if part is None:
                continue
            self.named[fact.fact_id] = part
            if fact.kind in ("promo.released", "promo.expired"):
                ends.append(fact)
            else:
                self.facts.setdefault(part, []).append(fact)
        self._end(ends, facts)

    def _part(self, fact: Fact) -> Part | None:
        return addressed(fact.named, fact.held_at, fact.received_at, self.people, self.ids)

    def _came_after_the_erasure_of(self, known: Mapping[str, Part], link: Fact) -> bool:
        """Such an unlink has no effect (docs/limits.md), nor has a link of when nobody was there any more."""
        erasure = self.people.erased.get(self.people.whole(known[link.fact_id]))
        if erasure is None or self.steps.index(erasure) > self.steps.index(link):
            return False
        return link.kind == "provider_id.unlinked" or link.held_at >= erasure.at

    def _taker(self, fact: Fact, links: Sequence[Fact], known: Mapping[str, Part]) -> Part | None:
        """Who has a fact by a provider id: each link may move it. Of an erased customer nothing is there but money.

        It stays where it is if nobody is known to have held the id. Whoever is told of it after that lets it wait.
        """
        taker: Part | None = None
        for count in range(self.steps.index(fact) + 1, len(self.steps) + 1):
            so_far = self.steps[:count]
            erasure = self.people.erased.get(self.people.whole(taker)) if taker else None
            if erasure and erasure in so_far and (erasure.outcome == "hard_deleted" or not self._is_money(fact)):
                break
            ids = ProviderIds(self.people, [each for each in links if each in so_far], known)
            taker = addressed(fact.named, fact.held_at, fact.received_at, self.people, ids) or taker
        return taker

    def _is_money(self, fact: Fact) -> bool:
        return fact.kind.startswith(("balance.", "promo.", "purchase."))

    def _end(self, ends: Sequence[Fact], facts: Sequence[Fact]) -> None:
        """An end waits for a grant; a release from the grant's end on is refused. One that has had a grant is kept."""
        grants = [each for each in facts if each.kind == "promo.granted" and each.fact_id in self.named]
        for fact in ends:
            part = self.named[fact.fact_id]
            about = [each for each in grants if self._have_met(fact, each)]
            if not waits(fact, about) and not too_late(fact, about):
                self.facts.setdefault(part, []).append(fact)

    def _have_met(self, end: Fact, grant: Fact) -> bool:
        """Whether both were about one customer at some time since both were known."""
        since = max(self.steps.index(each) for each in (end, grant))
        return any(self._whole_after(count, end) == self._whole_after(count, grant) for count in self._counts(since))

    def _counts(self, since: int) -> range:
        return range(since + 1, len(self.steps) + 1)

    def _whole_after(self, count: int, fact: Fact) -> Part:
        """The customer whom a fact was about after so many steps."""
        people, part = self._people_after[count], self.named[fact.fact_id]
        if fact.named.how == "provider":
            if count not in self._ids_after:
                links = [each for each in self._links if each in self.steps[:count]]
                self._ids_after[count] = ProviderIds(people, links, self.named)
            part = self._ids_after[count].holder(fact.named.value, fact.held_at) or fact.fact_id
        return people.whole(part)

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
