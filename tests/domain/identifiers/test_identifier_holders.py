"""A number that changes hands: late facts follow the holder at that time."""

from __future__ import annotations

from datetime import timedelta

from customers.domain.identifiers.identifier_holders import IdentifierHolders
from tests.support.facts import NOON

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def test_a_number_that_has_changed_hands_twice_was_each_ones_in_their_time() -> None:
    holders = IdentifierHolders().given_up(NOON, "layla").given_up(NOON + DAY, "omar")
    instants = (NOON - DAY, NOON - SECOND, NOON, NOON + DAY - SECOND, NOON + DAY)
    assert [holders.holder(at) for at in instants] == ["layla", "layla", "omar", "omar", None]
    assert (holders.last_until, holders.revision) == (NOON + DAY, 2)
    assert IdentifierHolders().holder(NOON) is None
    assert IdentifierHolders().last_until is None


def test_by_a_clock_that_lags_nobody_is_taken_anything_from() -> None:
    """The second one has given it up before the first one did, as their clocks have it."""
    holders = IdentifierHolders().given_up(NOON, "layla").given_up(NOON - DAY, "omar")
    assert [holders.holder(at) for at in (NOON - 2 * DAY, NOON - SECOND, NOON)] == ["layla", "layla", None]
    assert holders.last_until == NOON
