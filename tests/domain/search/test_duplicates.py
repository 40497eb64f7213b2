"""Who may be the same person, by the evidence."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.search.duplicates import (
    MOST,
    Kind,
    Reached,
    Suspects,
    differing,
    duplicates_of,
    is_same_name,
    phones_near,
)

LAYLA = Profile("usr_1", Phone("+97433001122"), "QAR", name="Layla Hassan", verified=True)
PHONES = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True).map(Phone)


def _other(phone: str, name: str | None = "Layla Hassan", number: int = 2, **fields: Any) -> Profile:
    return Profile(f"usr_{number}", Phone(phone), "QAR", name=name, **fields)


def _kinds(*others: Profile, said: frozenset[str] = frozenset()) -> list[list[Kind]]:
    reached = tuple(Reached(each, each.phone) for each in others)
    return [[each.kind for each in found.evidence] for found in duplicates_of(LAYLA, Suspects(reached, said, True))]


@pytest.mark.parametrize(
    ("phone", "kind"),
    [
        ("+97433001212", "same_name_phone_swap"),
        ("+97430301122", "same_name_phone_swap"),
        ("+97433001128", "same_name_phone_digit"),
        ("+97433901122", "same_name_phone_digit"),
        ("+97466551122", "same_name_last4"),
        ("+447700901122", "same_name_last4"),
        ("+97433001199", None),
        ("+974330011221", None),
        ("+97433002211", None),
    ],
)
def test_the_phones_of_two_of_one_name_are_compared_digit_by_digit(phone: str, kind: str | None) -> None:
    assert _kinds(_other(phone)) == ([[kind]] if kind else [])


@pytest.mark.parametrize("name", ["layla hassan", "Hassan, Layla", "LAYLA  HASSÁN"])
def test_a_name_is_the_same_however_it_is_written(name: str) -> None:
    assert _kinds(_other("+97433001212", name)) == [["same_name_phone_swap"]]


@pytest.mark.parametrize("name", ["Layla", "Layla Hassan Ali", "Omar Said", None, "…"])
def test_another_name_is_no_duplicate_whatever_the_phone(name: str | None) -> None:
    assert _kinds(_other("+97433001212", name)) == []


def test_nobody_without_a_name_has_the_same_one() -> None:
    assert not is_same_name(None, None)
    assert not is_same_name("", "…")


def test_the_disabled_the_customer_and_who_is_said_to_be_another_are_left_out() -> None:
    assert _kinds(_other("+97433001212", disabled=True)) == []
    assert _kinds(LAYLA) == []
    assert _kinds(_other("+97433001212"), said=frozenset({"usr_2"})) == []


def test_the_strongest_evidence_is_first_and_more_of_it_before_less() -> None:
    last4, swap, digit = (
        _other(f"+974{each}", number=2 + n) for n, each in enumerate(("66551122", "33001212", "33001123"))
    )
    both = _other("+97433001132", number=9)
    reached = (
        *(Reached(each, each.phone) for each in (last4, digit, both, swap)),
        Reached(both, provider_id="pos-1"),
        Reached(both, provider_id="pos-1"),
    )
    found = duplicates_of(LAYLA, Suspects(reached, frozenset(), True))
    assert [each.profile.customer_id for each in found] == ["usr_3", "usr_9", "usr_4", "usr_2"]
    assert [each.kind for each in found[1].evidence] == ["same_name_phone_digit", "provider_id_moved"]


def test_there_are_twenty_at_most() -> None:
    crowd = [_other(f"+97466{number}1122", number=number) for number in range(10, 60)]
    assert len(_kinds(*crowd)) == MOST


@given(PHONES)
def test_near_phones_and_those_with_the_same_last_digits_are_all_that_are_alike(phone: Phone) -> None:
    text, near = phone.e164, {each.e164 for each in phones_near(phone)}
    digits = {f"{text[:at]}{digit}{text[at + 1 :]}" for at, digit in product(range(1, len(text)), "0123456789")} - {
        text
    }
    swaps = {f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}" for at in range(1, len(text) - 1)} - {text}
    assert near == {each for each in digits | swaps if each[-4:] != text[-4:]}
    assert 36 <= len(near) <= 40
    assert all(differing(phone, Phone(each)) in (1, 2) for each in near)
