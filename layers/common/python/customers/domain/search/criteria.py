"""Search: the criteria, the customers who fit, and one page of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from customers.domain.customers.badge import Badge, BadgeReason, explain_badge
from customers.domain.customers.profile import Profile
from customers.domain.customers.status import identify
from customers.domain.enterprise import Thresholds
from customers.domain.identifiers.phone import Phone, phone_beginning, typed_digits
from customers.domain.refusals import ValidationError
from customers.domain.search.terms import DISABLED, name_words, search_terms, words

FoundStatus = Literal["registered", "pending_proof", "disabled"]
LAST = 4
"""How many last digits of a phone can be searched for."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """All must hold. Words and phones match by their beginning, the last four digits exactly."""

    words: tuple[str, ...] = field(default=(), repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    last4: tuple[str, ...] = field(default=(), repr=False)
    status: FoundStatus | None = None
    badge: Badge | None = None

    def __and__(self, other: Criteria) -> Criteria:
        return Criteria(
            words=tuple(dict.fromkeys(self.words + other.words)),
            phones=tuple(dict.fromkeys(self.phones + other.phones)),
            last4=tuple(dict.fromkeys(self.last4 + other.last4)),
            status=self.status or other.status,
            badge=self.badge or other.badge,
        )

    @property
    def source(self) -> str:
        """The beginning of the search terms that the index is read by: the one that probably fits the fewest."""
        term = max(self._terms(), key=lambda term: (_worth(term), term), default="phone#+")
        return f"{DISABLED}{term}" if self.status == "disabled" else term

    @property
    def is_sourced(self) -> bool:
        """Whether every candidate that the index has for `source` fits."""
        # Among the disabled, the index also has absorbed phones of customers who are not.
        return len(self._terms()) <= 1 and self.status is None and self.badge is None

    def fit(self, profile: Profile, absorbed: Phone | None = None) -> bool:
        """Whether the words and digits match the customer, by the phone of their own or the absorbed one."""
        own, phones = name_words(profile.name or ""), [each.e164 for each in (profile.phone, absorbed) if each]
        return (
            all(any(each.startswith(word) for each in own) for word in self.words)
            and all(any(phone.startswith(beginning) for phone in phones) for beginning in self.phones)
            and all(any(phone.endswith(last) for phone in phones) for last in self.last4)
        )

    def shows(self, status: FoundStatus) -> bool:
        """Disabled customers are found by a search for them only."""
        return status == self.status or (self.status is None and status != "disabled")

    def _terms(self) -> list[str]:
        kinds = (("word", self.words), ("phone", self.phones), ("last4", self.last4))
        return [f"{kind}#{value}" for kind, values in kinds for value in values]


def by_words(text: str, field: str) -> Criteria:
    """Raises `ValidationError` if there are none."""
    found = words(text)
    if not found:
        raise ValidationError(field, "has no letter or digit to search by")
    return Criteria(words=found)


def by_phone(typed: str, field: str) -> Criteria:
    """The beginning of a phone, from its + on. Raises `ValidationError`."""
    return Criteria(phones=(phone_beginning(typed, field=field),))


def by_last4(typed: str, field: str) -> Criteria:
    """Raises `ValidationError`."""
    digits = typed_digits(typed)
    if digits is None or len(digits) != LAST or not digits.isdecimal():
        raise ValidationError(field, "must be the last four digits of a phone")
    return Criteria(last4=(digits,))


def by_free_text(text: str, home_region: str | None, field: str) -> Criteria:
    """Words or digits: four digits end a phone, more digits or a + begin one. Raises `ValidationError`."""
    digits = typed_digits(text)
    if digits is None or (digits.isdecimal() and len(digits) < LAST):
        return by_words(text, field)
    if digits.isdecimal() and len(digits) == LAST:
        return Criteria(last4=(digits,))
    # Without a home region there is no national number that they could begin.
    international = digits if home_region or not digits.isdecimal() else f"+{digits.removeprefix('00')}"
    return Criteria(phones=(phone_beginning(international, home_region, field),))


def _worth(term: str) -> float:
    """About how many digits a term is worth: each digit makes the matches ten times fewer.

    All phones of an enterprise begin alike, and even a long name can be common.
    """
    kind, _, value = term.partition("#")
    match kind:
        case "phone":
            return len(value) - 5
        case "word":
            return min(len(value), 4) / 2
        case _:
            return LAST


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer whom the index has for `term`; `after` continues behind them. No profile if the row is gone.

    `absorbed` is the phone in the index, if a merge has absorbed it. The profile is then that of the survivor.
    """

    term: str = field(repr=False)
    after: str = field(repr=False)
    profile: Profile | None
    absorbed: Phone | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Some candidates, in the order of the index, and whether there may be more behind them."""

    candidates: Sequence[Candidate]
    more: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The customers to show, and where the next page continues; None after the last candidate."""

    found: Sequence[tuple[FoundStatus, Profile, BadgeReason]]
    after: str | None = field(repr=False)


def page_of(criteria: Criteria, reading: Reading, limit: int, thresholds: Thresholds, now: datetime) -> Page:
    """The candidates who match, at most `limit`. It ends at the last one examined, so none is skipped."""
    found: list[tuple[FoundStatus, Profile, BadgeReason]] = []
    after: str | None = None
    for candidate in reading.candidates:
        if len(found) == limit:
            return Page(found, after)
        after = candidate.after
        status, profile = _found(candidate.profile)
        if status is None or profile is None or not _is_due(criteria.source, candidate, profile):
            continue
        if candidate.absorbed and any(shown.customer_id == profile.customer_id for _, shown, _ in found):
            continue
        reason = explain_badge(profile.activity, thresholds, now)
        fits = criteria.shows(status) and criteria.badge in (None, reason.badge)
        if fits and criteria.fit(profile, candidate.absorbed):
            found.append((status, profile, reason))
    return Page(found, after if reading.more else None)


def _found(profile: Profile | None) -> tuple[FoundStatus | None, Profile | None]:
    """The status as a till sees it, apart from `disabled`, which no till sees."""
    if profile and profile.disabled and not profile.erased:
        return "disabled", profile
    status, profile = identify(profile)
    return (None if status == "not_found" else status), profile


def _is_due(source: str, candidate: Candidate, profile: Profile) -> bool:
    """A customer with several matching terms is shown at the first of them. The index may still have an old name.

    A survivor is shown at an absorbed phone only if none of its own terms begins with `source`.
    """
    first = min((each for each in search_terms(profile) if each.startswith(source)), default=None)
    return first is None if candidate.absorbed else first == candidate.term
