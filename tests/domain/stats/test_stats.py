"""From sums to numbers."""

from __future__ import annotations

from datetime import date

from customers.domain.stats.enterprise_totals import Period, added_up, average_basket, base_on

TODAY = date(2026, 6, 1)
TOMORROW = date(2026, 6, 2)


def test_where_nobody_is_there_is_nothing_and_no_rate() -> None:
    base = base_on(TODAY, {}, {}, {})
    assert (base.registered, base.pending_proof, base.disabled, base.active, base.repeat_rate) == (0, 0, 0, 0, None)
    assert base.badges == {"new": 0, "regular": 0, "vip": 0, "lapsed": 0}
    assert (base.spendable_minor, base.locked_minor, base.unclaimed_minor, base.forfeited_minor) == (0, 0, 0, 0)


def test_the_active_are_those_who_visited_and_have_not_lapsed() -> None:
    totals = {"customers_verified": 5, "customers_pending_proof": 2, "visited": 6, "visited_again": 4}
    base = base_on(TODAY, totals, {TOMORROW: {"regular": 3, "vip_over_regular": 2}, TODAY: {"vip": 9}}, {})
    assert base.badges == {"new": 1, "regular": 1, "vip": 2, "lapsed": 3}
    assert (base.active, base.repeat_rate) == (3, 0.6667)
    assert sum(base.badges.values()) == 7


def test_what_is_read_between_two_writes_is_never_below_nothing() -> None:
    base = base_on(TODAY, {"customers_verified": 1, "locked_minor": -5}, {TOMORROW: {"new": 1}}, {})
    assert base.badges == {"new": 2, "regular": 0, "vip": 0, "lapsed": 0}
    assert base.locked_minor == 0


def test_locked_money_is_what_never_ends_and_what_ends_later() -> None:
    totals = {"locked_minor": 100, "unclaimed_minor": 40, "forfeited_minor": 3}
    base = base_on(TODAY, totals, {}, {"locked_minor": 30, "unclaimed_minor": 7})
    assert (base.locked_minor, base.unclaimed_minor, base.forfeited_minor) == (130, 47, 3)


def test_a_basket_is_rounded_down_and_there_is_none_without_visits() -> None:
    assert average_basket({"visits": 3, "spend_minor": 200}) == 66
    assert average_basket({"visits": 3}) == 0
    assert average_basket({"refunds": 3}) is None


def test_a_period_is_all_of_its_days() -> None:
    assert list(Period(TODAY, TOMORROW)) == [TODAY, TOMORROW]
    assert len(Period(TODAY, TODAY)) == 1
    assert list(Period(date(9999, 12, 31), date(9999, 12, 31))) == [date(9999, 12, 31)]


def test_days_add_up_counter_by_counter() -> None:
    assert added_up({TODAY: {"visits": 1}, TOMORROW: {"visits": 2, "refunds": 1}}) == {"refunds": 1, "visits": 3}
    assert added_up({}) == {}
