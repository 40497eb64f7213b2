"""A name is found by any of its words, however it is written and however it is typed."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.search.terms import LONGEST_WORD, MOST_WORDS, search_terms, words

LAYLA = Profile("usr_1", Phone("+97433001122"), "QAR", name="Layla Hassan")
ARABIC = st.text("ابتثجحخدذرزسشصضطظعغفقكلمنهويءأإآٱؤئةى ", max_size=20)
HARAKAT = "ًٌٍَُِّْٰ"


@pytest.mark.parametrize(
    ("written", "found_as"),
    [
        ("Layla Hassan", ("layla", "hassan")),
        ("  layla   HASSAN ", ("layla", "hassan")),
        ("Zoë Müller", ("zoe", "muller")),
        ("Nguyễn Đình", ("nguyen", "dinh")),
        ("Łukasz Søren Æsop", ("lukasz", "soren", "aesop")),
        ("Straße STRASSE", ("strasse",)),
        ("İpek ıpek IPEK", ("ipek",)),
        ("O'Brien-Smith, Jr.", ("o", "brien", "smith", "jr")),
        ("مُحَمَّد", ("محمد",)),
        ("محـــمد", ("محمد",)),
        ("أحمد إبراهيم آمنة ٱلله", ("احمد", "ابراهيم", "امنه", "الله")),
        ("فاطمة فاطمه", ("فاطمه",)),
        ("ليلى ليلي لیلی", ("ليلي",)),
        ("کریم", ("كريم",)),
        ("می‌خواهم", ("ميخواهم",)),
        ("٣ ۳ 3", ("3",)),
        ("ﻣﺤﻤﺪ", ("محمد",)),
        ("राहुल", ("राहल",)),
        ("Ｌａｙｌａ", ("layla",)),
        ("Лев Толстой", ("лев", "толстои")),
        ("김민준", (unicodedata.normalize("NFD", "김민준"),)),
        ("1st Floor №5", ("1st", "floor", "no5")),
        ("🥛 – ...", ()),
        ("", ()),
    ],
)
def test_the_words_of_a_name(written: str, found_as: tuple[str, ...]) -> None:
    assert words(written) == found_as


@given(st.text())
def test_words_are_made_of_what_words_are_made_of(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


@given(st.text())
def test_case_does_not_matter(text: str) -> None:
    assert words(text.upper().lower()) == words(text.lower())
    assert words(text.casefold()) == words(text)


@given(st.text())
def test_it_does_not_matter_whether_accents_are_characters_of_their_own(text: str) -> None:
    assert words(unicodedata.normalize("NFC", text)) == words(unicodedata.normalize("NFD", text)) == words(text)


@given(ARABIC, st.data())
def test_vowel_signs_stretching_and_joiners_do_not_matter(text: str, data: st.DataObject) -> None:
    typed = "".join(letter + data.draw(st.text(HARAKAT + "ـ‌‍", max_size=2)) for letter in text)
    assert words(typed.lstrip(HARAKAT + "ـ‌‍")) == words(text)


@given(ARABIC)
def test_letters_that_people_type_for_one_another_do_not_matter(text: str) -> None:
    for letters, plain in (("أإآٱ", "ا"), ("ة", "ه"), ("ى", "ي")):
        for letter in letters:
            assert words(text.replace(letter, plain)) == words(text)


@given(st.lists(st.text("abcé ", min_size=1, max_size=90), max_size=30).map(" ".join))
def test_words_are_bounded_and_each_is_there_once(text: str) -> None:
    found = words(text)
    assert len(found) <= MOST_WORDS
    assert len(set(found)) == len(found)
    assert all(1 <= len(word) <= LONGEST_WORD for word in found)


def test_a_customer_is_found_by_words_phone_and_last_digits() -> None:
    assert search_terms(LAYLA) == ("word#layla", "word#hassan", "last4#1122", "phone#+97433001122")


def test_who_has_no_name_is_found_by_phone() -> None:
    assert search_terms(replace(LAYLA, name=None)) == ("last4#1122", "phone#+97433001122")


def test_who_is_shut_off_is_not_found() -> None:
    assert search_terms(replace(LAYLA, verified=True, disabled=True)) == ()
