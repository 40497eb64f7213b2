"""What may be told of a stored record, and how complete it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import Activity
from customers.domain.customers.profile import Profile
from customers.domain.customers.status import identify
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone

STRANGER = Profile(customer_id="usr_1", phone=Phone("+97433001122"), currency="QAR")
PARTS = {
    "name": "Layla Hassan",
    "verified": True,
    "activity": Activity(visit_count=1),
    "preferences": {"milk": "oat"},
    "consent": {"marketing": False},
}


def test_a_verified_record_is_registered() -> None:
    verified = replace(STRANGER, verified=True)
    assert identify(verified) == ("registered", verified)


def test_a_record_that_never_proved_its_phone_is_pending() -> None:
    assert identify(STRANGER) == ("pending_proof", STRANGER)


@pytest.mark.parametrize("verified", [True, False])
def test_a_disabled_record_is_told_apart_from_none_by_nothing(verified: bool) -> None:
    disabled = replace(STRANGER, verified=verified, disabled=True)
    assert disabled.state == "DISABLED"
    assert identify(disabled) == identify(None) == ("not_found", None)


@given(st.sets(st.sampled_from(sorted(PARTS))))
def test_each_known_part_is_worth_twenty(known: set[str]) -> None:
    profile = replace(STRANGER, **{part: PARTS[part] for part in known})  # type: ignore[arg-type]
    assert profile.completeness == 20 * len(known)


def test_empty_parts_are_worth_nothing() -> None:
    assert replace(STRANGER, name=None, preferences={}, consent={}).completeness == 0


def test_a_refund_alone_is_no_purchase() -> None:
    assert replace(STRANGER, activity=Activity(lifetime_spend_minor=-100)).completeness == 0


@given(st.integers())
def test_a_balance_is_never_shown_as_a_debt(balance: int) -> None:
    assert replace(STRANGER, balance_minor=balance).spendable_minor == (balance if balance > 0 else 0)


def test_no_repr_shows_a_person() -> None:
    profile = replace(
        STRANGER,
        name="Layla Hassan",
        preferences={"diet": "halal"},
        consent={"letters": "Corniche 5"},
        provider_ids=("pos-1",),
    )
    shown = f"{profile!r} {ProviderId('pos-1')!r}"
    for told in ("Layla", "3300", "halal", "diet", "Corniche", "pos-1"):
        assert told not in shown
