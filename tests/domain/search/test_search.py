"""Every match is shown exactly once, for any criteria and any page size."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.profile import Profile
from customers.domain.customers.visits import micros
from customers.domain.enterprise import Thresholds
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import ValidationError
from customers.domain.search.criteria import (
    Candidate,
    Criteria,
    Reading,
    by_free_text,
    by_last4,
    by_phone,
    by_words,
    page_of,
)
from customers.domain.search.terms import name_words, search_terms

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
NAMES = ("Layla Hassan", "Hassan Hasan", "Hasan", "ليلى حسن", "José Hassan", "حسن حسني", "Has 1122", None)
PHONES = [f"+9743300{number:04}" for number in (1122, 1123, 2122, 9999, 1)] + ["+447911221122", "+97455001122"]


def _person(number: int, name: str | None, phone: str, *, verified: bool = False, disabled: bool = False) -> Profile:
    activity = NO_ACTIVITY
    for visit in range(number % 4):
        activity = activity.visited(NOW - timedelta(days=1 + 40 * visit), 30_000)
    return Profile(
        f"usr_{number:02}", Phone(phone), "QAR", name=name, activity=activity, verified=verified, disabled=disabled
    )


@st.composite
def populations(draw: st.DrawFn) -> list[Profile]:
    people = draw(
        st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(PHONES), st.booleans(), st.booleans()), max_size=12)
    )
    return [
        _person(number, name, phone, verified=verified, disabled=disabled and number % 3 == 0)
        for number, (name, phone, verified, disabled) in enumerate(people)
    ]


CRITERIA = st.builds(
    Criteria,
    words=st.lists(st.sampled_from(["h", "has", "hasan", "layla", "l", "حس", "jose", "11"]), max_size=2).map(tuple),
    phones=st.sampled_from([(), (), (), ("+",), ("+974",), ("+97433",), ("+97433001122",), ("+44",)]),
    last4=st.sampled_from([(), (), (), ("1122",), ("9999",)]),
    status=st.sampled_from([None, None, "registered", "pending_proof"]),
    badge=st.sampled_from([None, None, "new", "vip", "regular"]),
)


def _index(people: list[Profile], source: str) -> list[Candidate]:
    """As the Derived table would name them, in its order."""
    named = sorted((term, each.customer_id, each) for each in people for term in search_terms(each))
    return [Candidate(term, f"{term}#{of}", each) for term, of, each in named if term.startswith(source)]


def _pages(people: list[Profile], criteria: Criteria, limit: int, reads: int) -> Iterator[list[Profile]]:
    """All pages, as a caller gathers them."""
    index, after = _index(people, criteria.source), ""
    while True:
        left = [each for each in index if each.after > after]
        page = page_of(criteria, Reading(left[:reads], len(left) > reads), limit, Thresholds(), NOW)
        assert len(page.found) <= limit
        yield [profile for _, profile, _ in page.found]
        if page.after is None:
            return
        assert page.after > after
        after = page.after


def _fits(criteria: Criteria, each: Profile) -> bool:
    """Told once more, without an index."""
    within = len([at for at in each.activity.recent.exact if at > micros(NOW - timedelta(days=90))])
    spend, visits = each.activity.lifetime_spend_minor, each.activity.visit_count
    badge = "vip" if spend >= 100_000 or within >= 8 else "regular" if visits >= 3 else "new"
    badge = "lapsed" if visits and not within else badge
    status = "registered" if each.verified else "pending_proof"
    own = name_words(each.name or "")
    return (
        not each.disabled
        and criteria.status in (None, status)
        and criteria.badge in (None, badge)
        and all(any(word[: len(asked)] == asked for word in own) for asked in criteria.words)
        and all(each.phone.e164[: len(asked)] == asked for asked in criteria.phones)
        and all(each.phone.e164[-4:] == asked for asked in criteria.last4)
    )


@given(populations(), CRITERIA, st.integers(1, 6), st.integers(1, 8))
def test_all_pages_together_hold_exactly_those_who_fit(
    people: list[Profile], criteria: Criteria, limit: int, reads: int
) -> None:
    shown = [each.customer_id for page in _pages(people, criteria, limit, reads) for each in page]
    assert sorted(shown) == [each.customer_id for each in people if _fits(criteria, each)]


@given(populations(), CRITERIA, st.integers(1, 6), st.integers(1, 6))
def test_the_order_does_not_depend_on_how_many_a_page_shows(
    people: list[Profile], criteria: Criteria, one: int, other: int
) -> None:
    together = [[each for page in _pages(people, criteria, limit, 8) for each in page] for limit in (one, other)]
    assert together[0] == together[1]


@given(populations(), CRITERIA)
def test_if_the_index_covers_all_criteria_every_candidate_is_shown(people: list[Profile], criteria: Criteria) -> None:
    """So that no more need be read than are shown; but for those who are named twice."""
    if criteria.is_sourced:
        named = {each.profile.customer_id for each in _index(people, criteria.source) if each.profile}
        assert {each.customer_id for page in _pages(people, criteria, 50, 100) for each in page} == named


@pytest.mark.parametrize(
    ("criteria", "covered"),
    [
        (Criteria(), True),
        (Criteria(words=("layla",)), True),
        (Criteria(last4=("1122",)), True),
        (Criteria(words=("layla", "hassan")), False),
        (Criteria(words=("layla",), last4=("1122",)), False),
        (Criteria(status="registered"), False),
        (Criteria(badge="new"), False),
    ],
)
def test_one_term_alone_is_covered_by_the_index(criteria: Criteria, covered: bool) -> None:
    assert criteria.is_sourced is covered


def test_everybody_is_in_the_order_of_phones() -> None:
    people = [_person(number, "Layla", phone) for number, phone in enumerate(reversed(PHONES))]
    (page,) = _pages(people, Criteria(), 50, 100)
    assert [each.phone.e164 for each in page] == sorted(PHONES)


def test_a_word_s_people_are_in_its_order_and_then_in_that_of_their_ids() -> None:
    people = [_person(1, "Hassan", PHONES[0]), _person(2, "Hasan", PHONES[1]), _person(3, "Hasan", PHONES[2])]
    (page,) = _pages(people, by_words("has", "name"), 50, 100)
    assert [each.customer_id for each in page] == ["usr_02", "usr_03", "usr_01"]


# ------------------------------------------------------------------------------------------- what the index still says


def _page(criteria: Criteria, *candidates: Candidate) -> list[str]:
    page = page_of(criteria, Reading(candidates, more=False), 10, Thresholds(), NOW)
    return [profile.customer_id for _, profile, _ in page.found]


def test_an_old_name_shows_nobody() -> None:
    renamed = _person(1, "Leila", PHONES[0])
    assert _page(by_words("la", "name"), Candidate("word#layla", "layla#usr_01", renamed)) == []
    # One who fits still is shown at the new word alone.
    assert _page(by_words("l", "name"), Candidate("word#layla", "layla#usr_01", renamed)) == []
    assert _page(by_words("l", "name"), Candidate("word#leila", "leila#usr_01", renamed)) == ["usr_01"]


def test_who_is_gone_or_shut_off_meanwhile_is_not_shown() -> None:
    assert _page(Criteria(), Candidate(f"phone#{PHONES[0]}", "a", None)) == []
    disabled = _person(3, "Layla", PHONES[0], disabled=True)
    assert _page(Criteria(), Candidate(f"phone#{PHONES[0]}", "a", disabled)) == []


def test_a_page_without_anybody_goes_on_where_it_ended() -> None:
    layla = _person(1, "Layla", PHONES[0])
    reading = Reading([Candidate("word#layla", "layla#usr_01", layla)], more=True)
    page = page_of(by_words("layla", "name") & Criteria(badge="vip"), reading, 10, Thresholds(), NOW)
    assert (list(page.found), page.after) == ([], "layla#usr_01")


# ------------------------------------------------------------------------------------------------- what is looked for


@pytest.mark.parametrize(
    ("typed", "home", "found"),
    [
        ("layla HASSAN", "QA", Criteria(words=("layla", "hassan"))),
        ("ليلى", "QA", Criteria(words=("ليلي",))),
        ("33", "QA", Criteria(words=("33",))),
        ("Layla 1122", "QA", Criteria(words=("layla", "1122"))),
        ("1122", "QA", Criteria(last4=("1122",))),
        ("0011", "QA", Criteria(last4=("0011",))),
        ("١١٢٢", None, Criteria(last4=("1122",))),
        (" 11-22 ", None, Criteria(last4=("1122",))),
        ("33001", "QA", Criteria(phones=("+97433001",))),
        ("٣٣٠٠١", "QA", Criteria(phones=("+97433001",))),
        ("33001122", "QA", Criteria(phones=("+97433001122",))),
        ("97433001122", "QA", Criteria(phones=("+97433001122",))),
        ("97433", None, Criteria(phones=("+97433",))),
        ("0097433", None, Criteria(phones=("+97433",))),
        ("0097433", "GB", Criteria(phones=("+97433",))),
        ("+9", "QA", Criteria(phones=("+9",))),
        ("+٩٧٤ (33)", "QA", Criteria(phones=("+97433",))),
        ("\u202a+97433001122\u202c", "QA", Criteria(phones=("+97433001122",))),
        ("07911", "GB", Criteria(phones=("+447911",))),
        ("06123", "IT", Criteria(phones=("+3906123",))),
    ],
)
def test_free_text_is_words_or_digits(typed: str, home: str | None, found: Criteria) -> None:
    assert by_free_text(typed, home, "query") == found


@pytest.mark.parametrize("typed", ["", " ", "...", "🥛", "\u200d", "َ", "+", "+0", "00000", "9" * 16, "+" + "9" * 16])
def test_free_text_that_says_nothing_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        by_free_text(typed, None, "query")
    assert refusal.value.field == "query"


@pytest.mark.parametrize("typed", ["112", "11223", "", "abcd", "+112", "11 2", "½122"])
def test_the_last_four_are_four_digits(typed: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        by_last4(typed, "phone_last4")
    assert refusal.value.field == "phone_last4"


@pytest.mark.parametrize("typed", ["33001", "974", "", "+", "abc", "+9a", "layla", "+" + "9" * 70])
def test_the_beginning_of_a_phone_has_a_plus_and_a_digit(typed: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        by_phone(typed, "phone_prefix")
    assert refusal.value.field == "phone_prefix"


@given(st.text(max_size=30), st.sampled_from([None, "QA", "GB"]))
def test_any_free_text_is_understood_or_refused_by_its_field(typed: str, home: str | None) -> None:
    try:
        found = by_free_text(typed, home, "query")
    except ValidationError as refusal:
        field: str | None = refusal.field
    else:
        field = None
        assert found.words or found.phones or found.last4
    assert field in (None, "query")


@given(st.sampled_from([name for name in NAMES if name]), st.data())
def test_a_word_s_beginning_finds_the_name_however_it_is_typed(name: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(name.split()))
    typed = word[: data.draw(st.integers(1, len(word)))]
    typed = data.draw(st.sampled_from([typed.upper(), typed.lower(), typed]))
    typed = data.draw(st.sampled_from([unicodedata.normalize("NFC", typed), unicodedata.normalize("NFD", typed)]))
    assert by_words(typed, "name").fit(_person(1, name, PHONES[0]))


# ------------------------------------------------------------------------------------- by which of it the index is read


@pytest.mark.parametrize(
    ("criteria", "source"),
    [
        (Criteria(), "phone#+"),
        (Criteria(status="registered", badge="vip"), "phone#+"),
        (Criteria(words=("l",)), "word#l"),
        (Criteria(words=("l", "hassan", "ha")), "word#hassan"),
        (Criteria(words=("mohammed",), last4=("1122",)), "last4#1122"),
        (Criteria(words=("ha",), phones=("+974",)), "word#ha"),
        (Criteria(words=("hassan",), phones=("+97433001122",)), "phone#+97433001122"),
        (Criteria(phones=("+974", "+97433001"), last4=("1122",)), "phone#+97433001"),
    ],
)
def test_the_index_is_read_by_what_fits_the_fewest(criteria: Criteria, source: str) -> None:
    assert criteria.source == source


def test_more_digits_and_letters_are_never_worth_less() -> None:
    for longer, shorter in pairwise(["+97433001122"[:length] for length in range(12, 1, -1)]):
        assert Criteria(phones=(shorter, longer)).source == f"phone#{longer}"
    for longer, shorter in pairwise(["hassan"[:length] for length in range(6, 0, -1)]):
        assert Criteria(words=(shorter, longer)).source == f"word#{longer}"


def test_nothing_of_a_person_is_shown_by_a_repr() -> None:
    criteria = Criteria(words=("layla",), phones=("+97433001122",), last4=("1122",))
    candidate = Candidate("word#layla", "layla#usr_01", _person(1, "Layla", PHONES[0]))
    page = page_of(Criteria(words=("layla",)), Reading([candidate, candidate], True), 1, Thresholds(), NOW)
    assert page.found
    for planted in ("layla", "Layla", "33001122", "1122"):
        assert planted not in repr((criteria, candidate, page))
