"""Duplicates: customers who may be the same person, with the evidence. Nothing here merges anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from customers.domain.customers.profile import Profile
from customers.domain.customers.status import identify
from customers.domain.identifiers.phone import Phone
from customers.domain.search.terms import words

Kind = Literal["same_name_phone_swap", "same_name_phone_digit", "provider_id_moved", "same_name_last4"]
"""`same_name_phone_swap`: the same name, and two neighbouring digits of the phone are swapped. `same_name_phone_digit`:
the same name, and one digit differs. `provider_id_moved`: a provider's id was the other customer's before.
`same_name_last4`: the same name, and the phones end in the same four digits."""
MOST = 20
"""The most duplicates of an answer."""
_RANK: tuple[Kind, ...] = ("same_name_phone_swap", "same_name_phone_digit", "provider_id_moved", "same_name_last4")
"""The strongest evidence first."""
_LAST = 4
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Reached:
    """A customer whom the search has come across, by one phone (their own, or an absorbed one) or one provider id."""

    profile: Profile
    phone: Phone | None = None
    provider_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason, with the other customer's phone or the provider id that it is about."""

    kind: Kind
    phone: Phone | None = None
    provider_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A customer who may be the same person, and why; the strongest evidence first."""

    profile: Profile
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Suspects:
    """All whom the search came across, the ids that are said to be other people, and whether it saw everybody."""

    reached: tuple[Reached, ...]
    not_the_same: frozenset[str]
    complete: bool


def phones_near(phone: Phone) -> list[Phone]:
    """The phones that differ in one digit, or by one swap of neighbours, and end in other four digits.

    Those that end in the same four are in the index of last digits.
    """
    text = phone.e164
    found = dict.fromkeys(_swapped(text, len(text) - _LAST - 1))
    for at in range(len(text) - _LAST, len(text)):
        found |= dict.fromkeys(f"{text[:at]}{digit}{text[at + 1 :]}" for digit in _DIGITS)
    return [Phone(each) for each in found if each[-_LAST:] != text[-_LAST:]]


def differing(one: Phone, other: Phone) -> int:
    """In how many digits two phones differ; more than any phone has, if their lengths do."""
    if len(one.e164) != len(other.e164):
        return len(_DIGITS) * 2
    return sum(mine != theirs for mine, theirs in zip(one.e164, other.e164, strict=True))


def duplicates_of(subject: Profile, suspects: Suspects) -> list[Duplicate]:
    """At most `MOST`, the strongest evidence first. Disabled and erased customers are never among them."""
    by_id: dict[str, list[Reached]] = {}
    for each in suspects.reached:
        by_id.setdefault(each.profile.customer_id, []).append(each)
    found = [
        Duplicate(ways[0].profile, evidence)
        for customer_id, ways in by_id.items()
        if customer_id not in {subject.customer_id, *suspects.not_the_same} and identify(ways[0].profile)[1]
        if (evidence := _evidence(subject, ways))
    ]
    return sorted(found, key=_strength)[:MOST]


def is_same_name(one: str | None, other: str | None) -> bool:
    """Whether both have the same words, in any order and spelling. Nobody without a name has the same one."""
    mine = frozenset(words(one or ""))
    return bool(mine) and mine == frozenset(words(other or ""))


def _strength(duplicate: Duplicate) -> tuple[list[int], str]:
    """Sorts by the strongest evidence. Of two with the same, the one that has more comes first."""
    ranks = [_RANK.index(each.kind) for each in duplicate.evidence]
    return [*ranks, len(_RANK)], duplicate.profile.customer_id


def _evidence(subject: Profile, ways: Iterable[Reached]) -> tuple[Evidence, ...]:
    found = dict.fromkeys(each for way in ways for each in _of_way(subject, way))
    return tuple(sorted(found, key=lambda each: _RANK.index(each.kind)))


def _of_way(subject: Profile, way: Reached) -> Iterator[Evidence]:
    if way.provider_id is not None:
        yield Evidence("provider_id_moved", provider_id=way.provider_id)
    if way.phone and is_same_name(subject.name, way.profile.name) and (kind := _likeness(subject.phone, way.phone)):
        yield Evidence(kind, phone=way.phone)


def _likeness(mine: Phone, theirs: Phone) -> Kind | None:
    """How two phones are alike, the closest way."""
    if theirs.e164 in _swapped(mine.e164, 1):
        return "same_name_phone_swap"
    if differing(mine, theirs) == 1:
        return "same_name_phone_digit"
    return "same_name_last4" if mine.e164[-_LAST:] == theirs.e164[-_LAST:] else None


def _swapped(text: str, start: int) -> Iterator[str]:
    """The text with two neighbours swapped, from a position on."""
    for at in range(start, len(text) - 1):
        if text[at] != text[at + 1]:
            yield f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"
