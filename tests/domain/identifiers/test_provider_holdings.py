"""Who held a provider id, by all statements about it, also where customers have been merged meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from customers.domain.identifiers.merged_ids import MergedIds, MergedInto
from customers.domain.identifiers.provider_holdings import (
    MOST,
    HoldingStatement,
    ProviderHoldings,
    changed_holders,
    require_room,
)
from customers.domain.instants import sortable_instant
from customers.domain.refusals import CannotApply

START = datetime(2026, 6, 1, tzinfo=UTC)
NOBODY = MergedIds()


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def stated(kind: str, hour: float, customer_id: str) -> HoldingStatement:
    return HoldingStatement(f"{sortable_instant(at(hour))}#{kind}-{hour}", kind, customer_id)  # type: ignore[arg-type]


def linked(hour: float, customer_id: str) -> HoldingStatement:
    return stated("linked", hour, customer_id)


def unlinked(hour: float, customer_id: str) -> HoldingStatement:
    return stated("unlinked", hour, customer_id)


def merged(**merges: tuple[str, float]) -> MergedIds:
    return MergedIds({each: MergedInto(into, sortable_instant(at(hour))) for each, (into, hour) in merges.items()})


def told(statements: Sequence[HoldingStatement], ids: MergedIds = NOBODY) -> ProviderHoldings:
    """The holdings, the same in every order."""
    results = []
    for order in itertools.permutations(statements):
        holdings = ProviderHoldings()
        for each in order:
            holdings = holdings.stated(each, ids)
        results.append(holdings)
    first = results[0]
    void = [each.void_from for each in first.statements]
    assert all(each == first and [one.void_from for one in each.statements] == void for each in results)
    return first


@pytest.mark.parametrize(
    ("statements", "holders", "now"),
    [
        ([], [None, None, None], None),
        ([linked(2, "a")], ["a", "a", "a"], "a"),
        ([linked(2, "a"), linked(4, "b")], ["a", "a", "b"], "b"),
        ([linked(2, "a"), linked(4, "b"), unlinked(6, "b")], ["a", "a", "a"], "a"),
        # Nobody else is known: a wrong link counts until it is taken back.
        ([linked(2, "a"), unlinked(4, "a")], ["a", "a", None], None),
        ([linked(2, "a"), linked(2.5, "b"), unlinked(4, "a"), unlinked(6, "b")], ["a", "b", "b"], None),
        # Somebody else is known, from the beginning.
        ([linked(2, "a"), unlinked(4, "a"), linked(6, "b")], ["b", "b", "b"], "b"),
        ([linked(2, "a"), stated("freed", 4, "a")], ["a", "a", None], None),
        ([linked(2, "a"), stated("freed", 4, "a"), linked(6, "b")], ["a", "a", "b"], "b"),
        # A wrong link from before the erasure of another holder says nothing about what came after it.
        ([linked(1, "c"), linked(2, "a"), stated("freed", 4, "a"), unlinked(9, "c")], ["a", "a", None], None),
    ],
)
def test_the_holder_at_every_instant(
    statements: list[HoldingStatement], holders: list[str | None], now: str | None
) -> None:
    holdings = told(statements)
    assert [holdings.holder(at(hour)) for hour in (0, 3, 5)] == holders
    assert (holdings.link and holdings.link.customer_id) == now


def test_two_wrong_links_count_each_in_its_time() -> None:
    holdings = told([linked(2, "a"), linked(4, "b"), unlinked(6, "a"), unlinked(8, "b")])
    assert [holdings.holder(at(hour)) for hour in (0, 3, 5, 7, 9)] == ["a", "a", "b", "b", None]


@pytest.mark.parametrize(("merged_at", "right"), [(3, None), (5, "b")])
def test_an_unlink_voids_the_links_of_ids_that_were_the_same_customer_then(merged_at: float, right: str | None) -> None:
    ids = merged(b=("s", merged_at))
    holdings = told([linked(2, "b"), unlinked(4, "s")], ids)
    assert (holdings.link and holdings.link.customer_id) == right


def test_a_chain_of_merges_counts_as_of_the_unlink() -> None:
    ids = merged(a=("b", 1), b=("c", 3))
    assert told([linked(0, "a"), unlinked(2, "b")], ids).link is None
    assert told([linked(0, "a"), unlinked(2, "c")], ids).link
    assert told([linked(0, "a"), unlinked(4, "c")], ids).link is None
    assert (ids.root("a", sortable_instant(at(2))), ids.root("a"), ids.root("x")) == ("b", "c", "x")


def test_of_two_unlinks_by_which_one_part_took_back_a_link_of_another_the_first_counts() -> None:
    ids = merged(usr_b=("usr_a", 0))
    holdings = told([linked(1, "usr_a"), unlinked(2, "usr_b"), linked(3, "usr_a"), unlinked(4, "usr_b")], ids)
    assert holdings.taken_back(ids) == {"usr_a": unlinked(2, "usr_b").stamp}


def test_the_changes_name_those_who_may_have_the_entries() -> None:
    before = told([linked(2, "a"), linked(4, "b"), linked(6, "c")])
    after = before.stated(linked(3, "d"), NOBODY)
    assert dict(changed_holders(before, after, NOBODY)) == {sortable_instant(at(3)): {"a"}}
    # Also where the two are parts of one customer: an entry lies with its part.
    assert dict(changed_holders(before, after, merged(a=("d", 9)))) == {sortable_instant(at(3)): {"d"}}
    # What came after the unlink of the only holder, and before anybody was told of it, is still with that customer.
    alone = told([linked(2, "a"), unlinked(4, "a")])
    found = dict(changed_holders(alone, alone.stated(linked(6, "b"), NOBODY), NOBODY))
    assert found == {instant: {"a"} for instant in ("", *(sortable_instant(at(hour)) for hour in (2, 4, 6)))}


def test_a_link_is_known_to_be_wrong_from_its_unlink_on() -> None:
    alone = told([linked(2, "a"), unlinked(4, "a")])
    assert [alone.unlinked_until(sortable_instant(at(hour))) for hour in (3, 4, 5)] == [set(), {"a"}, {"a"}]


def test_a_row_takes_so_many_statements() -> None:
    holdings = ProviderHoldings()
    for number in range(MOST):
        holdings = holdings.stated(linked(number, "a"), NOBODY)
        require_room(holdings)
    # The same one again is no other.
    require_room(holdings.stated(linked(0, "a"), NOBODY))
    with pytest.raises(CannotApply, match="provider_customer_id"):
        require_room(holdings.stated(linked(MOST, "a"), NOBODY))
