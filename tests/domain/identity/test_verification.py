"""A link verifies the phone that it was sent to, as long as that is what its customer is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.verification import Link, Verification, still_asked, token_hash

AT = datetime(2026, 6, 5, 9, 10, tzinfo=UTC)
ASKED = Verification("ver_1", Phone("+97433001122"), AT)
LAYLA = Profile("usr_1", ASKED.phone, "QAR")
LINK = Link("acme", "usr_1", "ver_1")


def test_the_request_holds_for_the_customer_it_was_made_for() -> None:
    assert still_asked(LINK, ASKED, LAYLA) is ASKED


@pytest.mark.parametrize(
    ("asked", "customer"),
    [
        (None, LAYLA),
        (replace(ASKED, id="ver_2"), LAYLA),
        (ASKED, None),
        (ASKED, replace(LAYLA, disabled=True)),
        (ASKED, replace(LAYLA, phone=Phone("+97455003344"))),
        (ASKED, replace(LAYLA, customer_id="usr_2")),
    ],
    ids=[
        "nothing is asked",
        "something later is asked",
        "nobody is there",
        "disabled",
        "another phone by now",
        "another customer's phone by now",
    ],
)
def test_whatever_has_changed_it_does_not_hold(asked: Verification | None, customer: Profile | None) -> None:
    assert still_asked(LINK, asked, customer) is None


def test_a_token_is_not_in_its_hash_and_any_text_has_one() -> None:
    hashes = {token_hash(token) for token in ("", "a", "A", "a ", "\ud800", "مرحبا", "a" * 9000)}
    assert {len(each) for each in hashes} == {64}
    assert len(hashes) == 7


def test_no_number_is_shown() -> None:
    assert "33001122" not in repr(ASKED)
