"""Who held a phone or a provider id, and when; who became part of whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.model.steps import Act, Correction, Erasure, Fact, Merge, Named, Unmerge

ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

TICK = timedelta(microseconds=1)

Part = str
"""One customer as facts made them. A merged customer has several; the survivor's own part stands for the whole."""


@dataclass
class Tenancy:
    """From when on a customer holds a phone: until the next tenancy."""

    start: datetime
    part: Part


@dataclass
class People:
    """Phones and customers after some acts. Each phone has a tenant at each instant, who may not exist yet."""

    tenancies: dict[str, list[Tenancy]] = field(default_factory=dict)
    phones: dict[Part, str] = field(default_factory=dict)
    """The phone that each part has now, or had when it was erased."""
    absorbed: dict[Part, tuple[Part, datetime]] = field(default_factory=dict)
    erased: dict[Part, Erasure] = field(default_factory=dict)
    """By the whole."""
    meant: dict[datetime, Part] = field(default_factory=dict)
    """By the instant of each act, the customer whom it was about when it committed."""

    def holder(self, phone: str, at: datetime) -> Part:
        return max((each for each in self._of(phone) if each.start <= at), key=lambda each: each.start).part

    def whole(self, part: Part, at: datetime | None = None) -> Part:
        """The customer that a part belongs to, now or at an instant."""
        while part in self.absorbed and (at is None or self.absorbed[part][1] <= at):
            part = self.absorbed[part][0]
        return part

    def parts(self, whole: Part) -> list[Part]:
        return [whole, *(each for each in self.absorbed if self.whole(each) == whole)]

    def one_since(self, one: Part, other: Part) -> datetime:
        """When two parts of a customer became one."""
        instants = sorted(at for _, at in self.absorbed.values())
        return next(at for at in instants if self.whole(one, at) == self.whole(other, at))

    def do(self, act: Act) -> None:
        """Later acts come later. What is undone counts as if it had never been."""
        named = self.holder(act.survivor if isinstance(act, Merge) else act.phone, act.at - TICK)
        self.meant[act.at] = self.whole(named)
        match act:
            case Unmerge():
                self.absorbed.pop(named)
            case Correction(new_phone=str() as phone):
                self._move(self.whole(self.holder(act.phone, act.at)), phone, act.at)
            case Merge():
                survivor, absorbed = (self.whole(self.holder(each, act.at)) for each in (act.survivor, act.absorbed))
                self.absorbed[absorbed] = survivor, act.at
            case Erasure():
                whole = self.whole(self.holder(act.phone, act.at))
                self.erased[whole] = act
                for part in self.parts(whole):
                    self._leave(self.phones[part], part, act.at)
            case _:
                pass

    def _of(self, phone: str) -> list[Tenancy]:
        if phone not in self.tenancies:
            self.tenancies[phone] = []
            self._newcomer(phone, ALWAYS)
        return self.tenancies[phone]

    def _newcomer(self, phone: str, start: datetime) -> None:
        part = f"{phone}/{len(self.tenancies[phone])}"
        self.tenancies[phone].append(Tenancy(start, part))
        self.phones[part] = phone

    def _leave(self, phone: str, part: Part, at: datetime) -> None:
        """A phone that another part has taken meanwhile is not theirs to leave."""
        if self._of(phone)[-1].part == part:
            self._newcomer(phone, at)

    def _move(self, part: Part, phone: str, at: datetime) -> None:
        self._leave(self.phones[part], part, at)
        latest = self._of(phone)[-1]
        if self.whole(latest.part) == part:
            self._of(phone).append(Tenancy(at, part))
        else:
            # Nobody has had the number since it was free. What names it as of then can mean no other customer.
            latest.part = part
        self.phones[part] = phone


@dataclass
class _Link:
    start: datetime
    part: Part
    taken_back: datetime | None = None
    """When somebody stated that it was wrong."""


class ProviderIds:
    """Who held a provider id: the first known holder from the beginning, each later one from the link on.

    An unlink takes back the earlier links of whoever was that customer then. An erasure frees the ids that the person
    held.
    """

    def __init__(self, people: People, statements: Iterable[Fact], named: Mapping[str, Part]) -> None:
        """`named`: the part that each statement names, by fact id."""
        self._people = people
        self._links: dict[str, list[_Link]] = {}
        self._freed: dict[str, list[datetime]] = {}
        for fact in sorted(statements, key=lambda each: (each.held_at, each.fact_id)):
            links = self._links.setdefault(fact.fields["provider_customer_id"], [])
            part, at = named[fact.fact_id], fact.held_at
            if fact.kind == "provider_id.linked":
                links.append(_Link(at, part))
                continue
            for link in links:
                if not link.taken_back and people.whole(link.part, at) == people.whole(part, at):
                    link.taken_back = at
        for whole, erasure in sorted(people.erased.items(), key=lambda each: each[1].at):
            for value in self._links:
                owner = self.owner(value, erasure.at)
                if owner and people.whole(owner) == whole:
                    self._freed.setdefault(value, []).append(erasure.at)

    def holder(self, value: str, at: datetime) -> Part | None:
        """Whom a fact of an instant means. If nobody else had the id, a wrong link counts until it is taken back."""
        link = self._link(value, at)
        return link.part if link else None

    def owner(self, value: str, now: datetime) -> Part | None:
        """Whom a lookup finds by the id."""
        link = self._link(value, now)
        return link.part if link and not link.taken_back else None

    def of(self, whole: Part, at: datetime) -> list[str]:
        """The ids that a customer holds."""
        owners = {value: self.owner(value, at) for value in self._links}
        return sorted(value for value, part in owners.items() if part and self._people.whole(part) == whole)

    def _link(self, value: str, at: datetime) -> _Link | None:
        freed = self._freed.get(value, [])
        start = max((each for each in freed if each <= at), default=ALWAYS)
        end = min((each for each in freed if each > at), default=NEVER)
        links = [each for each in self._links.get(value, []) if start <= each.start < end]
        right = [each for each in links if not each.taken_back]
        wrong = [each for each in links if each.taken_back and at < each.taken_back]
        known = right or wrong
        before = [each for each in known if each.start <= at]
        return before[-1] if before else known[0] if known else None


def addressed(named: Named, at: datetime, sent_at: datetime, people: People, ids: ProviderIds) -> Part | None:
    """The part that a fact names. None while nobody knows the provider id."""
    match named.how:
        case "phone":
            return people.holder(named.value, at)
        case "provider":
            return ids.holder(named.value, at)
        case "customer":
            return people.holder(named.value, sent_at)


def by_commit(acts: Sequence[Act]) -> list[Act]:
    return sorted(acts, key=lambda each: each.at)
