"""A name is found by any of its words, however it is written and however it is typed."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.profile import Erased, Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.search.criteria import Criteria
from customers.domain.search.terms import LONGEST_WORD, name_words, search_terms, words

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
        ("O'Brien-Smith, Jr.", ("obrien", "smith", "jr")),
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
        ("الهاشمي هاشمي", ("هاشمي",)),
        ("الألماني", ("الماني",)),
        ("ال الي الله", ("ال", "الي", "الله")),
        ("山田太郎", ("山田太郎",)),
        ("🥛 – ...", ()),
        ("' ’ ʼ", ()),
        ("", ()),
    ],
)
def test_the_words_of_a_name(written: str, found_as: tuple[str, ...]) -> None:
    assert words(written) == found_as


@given(st.text())
def test_words_are_made_of_what_words_are_made_of(text: str) -> None:
    once = words(text)
    if not any(word.startswith("ال") for word in once):
        assert words(" ".join(once)) == once


APOSTROPHES = "'\u2019\u02bc\u02bb\u02bf\u2018`\u00b4\uff07"


@pytest.mark.parametrize("written", APOSTROPHES)
@pytest.mark.parametrize("typed", [*APOSTROPHES, ""])
def test_apostrophes_make_no_difference(written: str, typed: str) -> None:
    for name in ("O{}Brien", "{}Abd al-Qadir", "Sa{}id", "D{}Arc{}y"):
        own = name_words(name.replace("{}", written))
        for word in words(name.replace("{}", typed)):
            assert word in own


def test_what_follows_an_apostrophe_is_found_too() -> None:
    assert name_words("Jeanne d'Arc") == ("jeanne", "darc", "arc")


@pytest.mark.parametrize("typed", ["هاشمي", "الهاشمي", "الهاش", "هاش", "ال"])
@pytest.mark.parametrize("written", ["الهاشمي", "ٱلهاشمي"])
def test_the_arabic_article_makes_no_difference(written: str, typed: str) -> None:
    (word,) = words(typed)
    assert any(own.startswith(word) for own in name_words(written))


def test_who_is_written_without_the_article_is_found_with_it() -> None:
    assert words("الهاشمي")[0] in name_words("هاشمي")


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("山田太郎", "太郎"),
        ("山田太郎", "田太"),
        ("山田太郎", "郎"),
        ("やまだたろう", "たろう"),
        ("ヤマダタロウ", "ﾀﾛｳ"),
        ("ガギグ", "グ"),
        ("김민준", "민준"),
        ("김민준", "준"),
        ("欧阳娜娜", "娜娜"),
        ("佐々木", "々木"),
        ("李二〇", "〇"),
        ("𠮷野家", "野"),
    ],
)
def test_any_part_of_a_name_without_spaces_is_found(name: str, typed: str) -> None:
    (word,) = words(typed)
    assert any(own.startswith(word) for own in name_words(name))


def test_a_latin_name_is_found_by_beginnings_alone() -> None:
    assert name_words("Hassan") == ("hassan",)


def test_no_word_of_a_name_is_left_out() -> None:
    name = " ".join(f"w{number:02}" for number in range(50))
    assert len(name_words(name)) == 50


@given(st.text(max_size=200))
def test_what_a_name_is_found_by_is_bounded(name: str) -> None:
    found = name_words(name)
    assert len(found) <= 2 * len(unicodedata.normalize("NFKD", name.casefold())) + 1
    assert len(set(found)) == len(found)
    assert all(1 <= len(word) <= LONGEST_WORD for word in found)


@given(st.text(max_size=60))
def test_every_word_that_is_typed_for_a_name_finds_it(name: str) -> None:
    assert all(any(own.startswith(word) for own in name_words(name)) for word in words(name))


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


def test_a_customer_is_found_by_words_phone_and_last_digits() -> None:
    assert search_terms(LAYLA) == ("word#layla", "word#hassan", "last4#1122", "phone#+97433001122")


def test_who_has_no_name_is_found_by_phone() -> None:
    assert search_terms(replace(LAYLA, name=None)) == ("last4#1122", "phone#+97433001122")


def test_a_disabled_customer_has_terms_of_their_own_that_no_other_search_reads() -> None:
    terms = search_terms(replace(LAYLA, verified=True, disabled=True))
    assert terms == tuple(f"disabled_{term}" for term in search_terms(LAYLA))
    for criteria in (Criteria(), *(Criteria(status=status) for status in ("registered", "pending_proof"))):
        assert not any(term.startswith(criteria.source) for term in terms)
    assert any(term.startswith(Criteria(status="disabled").source) for term in terms)


def test_who_is_erased_is_not_found() -> None:
    gone = Erased(datetime(2026, 6, 1, tzinfo=UTC), "anonymized", "era_1")
    for disabled in (False, True):
        assert search_terms(replace(LAYLA, disabled=disabled, erased=gone)) == ()
