"""The fold: whatever the order and the duplicates, one history gives one account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.profile import Profile
from customers.domain.customers.visits import micros
from customers.domain.facts.account import MAX_HELD, MAX_PROVIDER_IDS, Account
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import CustomerFact
from customers.domain.facts.grants.grant import Grant
from customers.domain.facts.projection import fold, fold_all
from customers.domain.refusals import CannotApply, NotYet
from tests.support.facts import NOON, SETTINGS, Told, customer_fact, histories, of_event, retellings
from tests.support.recount import recount

DAY = timedelta(days=1)


def opened() -> Account:
    fact = customer_fact("customer.verified")
    assert fact.about
    return Account(Profile(customer_id="usr_1", phone=fact.about, currency=SETTINGS.currency))  # type: ignore[arg-type]


def folded(*facts: CustomerFact) -> Account:
    """Each fact once, as a queue would bring them: one that must wait comes again after the others."""
    account, waiting, applied = opened(), list(facts), set[str]()
    while waiting:
        late = []
        for fact in waiting:
            if fact.order.fact_id in applied:
                continue
            try:
                account = fold(account, fact.payload, fact.order)
            except NotYet:
                late.append(fact)
            else:
                applied.add(fact.order.fact_id)
        if len(late) == len(waiting):
            break
        waiting = late
    return account


def of(history: Iterable[Told]) -> Account:
    return folded(*(of_event(*told) for told in history))


def profile_of(*facts: CustomerFact) -> Profile:
    return folded(*facts).profile


def both_ways(*facts: CustomerFact) -> Profile:
    """The profile, after making sure that the reverse order gives it too."""
    profile = profile_of(*facts)
    assert profile_of(*reversed(facts)) == profile
    return profile


# ------------------------------------------------------------------------------------------- universal rules


@given(st.data(), histories())
def test_any_order_and_any_duplicates_give_the_same_account(data: st.DataObject, history: list[Told]) -> None:
    assert of(data.draw(retellings(history))) == of(history)


@given(histories(facts=16))
def test_the_account_is_what_a_recount_of_the_facts_says(history: list[Told]) -> None:
    profile, expected = of(history).profile, recount(history)
    # One ledger alone does not tell who has a provider id.
    expected["provider_ids"] = ()
    assert expected == {name: getattr(profile, name) for name in expected}


@given(histories(facts=3, kinds=["balance.spent"]))
def test_promotional_money_is_neither_lost_nor_made(history: list[Told]) -> None:
    account = of(history)
    granted = sum(grant.amount_minor for grant in account.grants.values())
    expired = sum(grant.amount_minor for grant in account.grants.values() if not grant.open and not grant.was_released)
    spent = sum(said["amount_minor"] for kind, said in history if kind == "balance.spent")
    assert account.profile.locked.at(NOON) + expired + account.profile.balance_minor + spent == granted


# ---------------------------------------------------------------------------------------------- statements


@pytest.mark.parametrize(
    ("kind", "one", "other", "field"),
    [
        ("customer.registered", {"name": "Leila"}, {"name": "Layla"}, "name"),
        ("preferences.updated", {"preferences": {"a": 1}}, {"preferences": {"b": None}}, "preferences"),
        ("consent.updated", {"consent": {"sms": True}}, {"consent": {}}, "consent"),
    ],
)
def test_of_two_statements_the_later_holds(kind: str, one: dict[str, Any], other: dict[str, Any], field: str) -> None:
    earlier = customer_fact(kind, at=NOON, fact_id="z", **one)
    later = customer_fact(kind, at=NOON + timedelta(microseconds=1), fact_id="a", **other)
    assert {field: getattr(both_ways(earlier, later), field)}.items() <= other.items()


def test_of_two_statements_of_one_instant_the_greater_fact_id_holds() -> None:
    lesser = customer_fact("customer.registered", fact_id="fact-10", name="Leila")
    greater = customer_fact("customer.registered", fact_id="fact-9", name="Layla")
    assert both_ways(lesser, greater).name == "Layla"


def test_a_disable_older_than_an_enable_does_not_hold() -> None:
    disabled = customer_fact("customer.disabled", at=NOON)
    enabled = customer_fact("customer.enabled", at=NOON + DAY)
    assert both_ways(disabled, enabled).state == "PENDING_PROOF"
    assert both_ways(enabled, customer_fact("customer.disabled", at=NOON + 2 * DAY)).state == "DISABLED"


def test_a_verified_customer_stays_verified_through_a_disable() -> None:
    facts = [customer_fact("customer.disabled", at=NOON), customer_fact("customer.verified", at=NOON + DAY)]
    assert both_ways(*facts).state == "DISABLED"
    assert both_ways(*facts, customer_fact("customer.enabled", at=NOON + 2 * DAY)).state == "VERIFIED"


def test_a_stated_member_since_outlasts_registrations_that_state_none() -> None:
    stated = customer_fact("customer.registered", at=NOON, member_since="2020-01-01T00:00:00Z")
    silent = customer_fact("customer.registered", at=NOON + DAY)
    assert both_ways(stated, silent).member_since == datetime.fromisoformat("2020-01-01T00:00:00Z")


def test_the_latest_stated_member_since_holds() -> None:
    stated = customer_fact("customer.registered", at=NOON, member_since="2020-01-01T00:00:00Z")
    again = customer_fact("customer.registered", at=NOON + DAY, member_since="2021-01-01T00:00:00Z")
    assert both_ways(stated, again).member_since == datetime.fromisoformat("2021-01-01T00:00:00Z")


def test_a_verification_alone_makes_a_member() -> None:
    verified = customer_fact("customer.verified", at=NOON)
    assert both_ways(verified).member_since == NOON
    registered = customer_fact("customer.registered", at=NOON + DAY)
    assert both_ways(verified, registered).member_since == NOON
    stated = customer_fact("customer.registered", at=NOON + DAY, member_since="2020-01-01T00:00:00Z")
    assert both_ways(verified, stated).member_since == datetime.fromisoformat("2020-01-01T00:00:00Z")


def test_where_no_registration_states_it_the_first_one_is_member_since() -> None:
    facts = [customer_fact("customer.registered", at=NOON + days * DAY) for days in (2, 0, 1)]
    assert both_ways(*facts).member_since == NOON


def test_a_link_follows_what_all_statements_about_the_id_say() -> None:
    link, unlink = customer_fact("provider_id.linked"), customer_fact("provider_id.unlinked")
    stamp = link.order.held_stamp
    for fact in (link, unlink):
        mine = fold(replace(opened(), holdings={"pos-1": stamp}), fact.payload, fact.order)
        assert (mine.profile.provider_ids, mine.field_versions) == (("pos-1",), {"provider_id#pos-1": stamp})
        theirs = fold(replace(mine, holdings={"pos-1": None}), fact.payload, fact.order)
        assert (theirs.profile.provider_ids, theirs.field_versions) == ((), {})


def test_one_ledger_alone_does_not_tell_who_has_a_provider_id() -> None:
    assert both_ways(customer_fact("provider_id.linked")).provider_ids == ()


# -------------------------------------------------------------------------------------------------- money


def test_a_spend_that_outruns_its_top_up_is_applied() -> None:
    spent = customer_fact("balance.spent", amount_minor=700)
    profile = profile_of(spent)
    assert (profile.balance_minor, profile.spendable_minor) == (-700, 0)
    assert both_ways(spent, customer_fact("balance.topped_up", amount_minor=1000)).spendable_minor == 300


def test_a_settled_balance_goes_out() -> None:
    topped_up = customer_fact("balance.topped_up", amount_minor=1000)
    assert both_ways(topped_up, customer_fact("balance.settled", amount_minor=1000)).balance_minor == 0


@pytest.mark.parametrize(
    "kind", ["purchase.completed", "purchase.refunded", "balance.topped_up", "balance.spent", "promo.granted"]
)
def test_money_of_another_currency_can_never_be_applied(kind: str) -> None:
    fact = customer_fact(kind, currency="EUR")
    with pytest.raises(CannotApply, match=r"^currency: must be the enterprise's currency, QAR$"):
        fold(opened(), fact.payload, fact.order)


def granted(grant_id: str = "g-1", amount: int = 500, at: datetime = NOON, expires: str | None = None) -> CustomerFact:
    return customer_fact("promo.granted", at=at, grant_id=grant_id, amount_minor=amount, expires_at=expires)


def ended(kind: str, after: timedelta, grant_id: str = "g-1") -> CustomerFact:
    return customer_fact(f"promo.{kind}", at=NOON + after, grant_id=grant_id)


def test_a_grant_is_locked_until_it_is_released() -> None:
    locked = profile_of(granted())
    assert (locked.locked.at(NOON), locked.balance_minor) == (500, 0)
    released = profile_of(granted(), ended("released", DAY))
    assert (released.locked.at(NOON), released.balance_minor) == (0, 500)


@pytest.mark.parametrize(("seconds", "in_time"), [(-1, True), (0, False), (1, False)])
def test_a_grant_can_be_released_until_the_second_of_its_end(seconds: int, *, in_time: bool) -> None:
    grant = granted(expires=(NOON + timedelta(hours=1)).isoformat())
    release = ended("released", timedelta(hours=1, seconds=seconds))
    account, facts, refused = fold_all(opened(), [grant, release])
    assert facts == ([grant, release] if in_time else [grant])
    assert account.profile.balance_minor == (500 if in_time else 0)
    late = "grant_id: the grant had ended by then, at its expires_at"
    assert [*map(str, refused.values())] == ([] if in_time else [late])


def test_an_expired_grant_is_gone() -> None:
    expired = profile_of(granted(), ended("expired", DAY))
    assert (expired.locked.at(NOON), expired.balance_minor) == (0, 0)


@pytest.mark.parametrize("kind", ["released", "expired"])
def test_an_end_before_its_grant_is_known_must_wait(kind: str) -> None:
    end = ended(kind, DAY)
    for account in (opened(), folded(granted("g-2"))):
        after, facts, refused = fold_all(account, [end])
        assert (after, facts) == (account, [])
        (refusal,) = refused.values()
        assert isinstance(refusal, NotYet)
        assert str(refusal).startswith("grant_id: ")


def test_what_had_to_wait_and_what_cannot_apply_at_all_are_told_apart() -> None:
    end, grant, short = ended("released", DAY), granted(), granted("g-2", expires=(NOON + DAY).isoformat())
    too_late = ended("released", 2 * DAY, "g-2")
    _, facts, refused = fold_all(opened(), [end, short, too_late, grant])
    assert facts == [short, grant, end]
    assert [*refused] == [too_late.order.fact_id]
    assert isinstance(refused[too_late.order.fact_id], CannotApply)


@pytest.mark.parametrize("kind", ["released", "expired"])
def test_an_end_in_the_ledger_waits_there_for_its_grant(kind: str) -> None:
    """An unmerge may have taken the grant away."""
    end = ended(kind, DAY)
    account = fold(opened(), end.payload, end.order)
    assert (account.profile.loose_ends, account.profile.balance_minor) == (1, 0)
    grant = granted()
    account = fold(account, grant.payload, grant.order)
    assert (account.profile.loose_ends, account.loose_ends) == (0, {})
    assert account.profile == profile_of(grant, end)


def test_a_grant_that_was_released_could_not_expire_later() -> None:
    assert both_ways(granted(), ended("released", DAY), ended("expired", 2 * DAY)).balance_minor == 500


def test_a_grant_that_had_expired_could_not_be_released_later() -> None:
    assert both_ways(granted(), ended("expired", DAY), ended("released", 2 * DAY)).balance_minor == 0


def test_the_earliest_of_several_ends_decides() -> None:
    late, early = ended("released", 3 * DAY), ended("released", DAY)
    assert both_ways(granted(), late, ended("expired", 2 * DAY), early).balance_minor == 500


def test_a_grant_released_twice_is_spendable_once() -> None:
    assert both_ways(granted(), ended("released", DAY), ended("released", 2 * DAY)).balance_minor == 500


def test_a_grant_stated_anew_is_one_grant_as_the_later_fact_says() -> None:
    first = granted(amount=500, at=NOON, expires="2026-07-01T00:00:00Z")
    again = granted(amount=800, at=NOON + DAY, expires="2026-08-01T00:00:00Z")
    profile = both_ways(first, again)
    assert profile.locked.at(NOON) == 800
    assert profile.locked.next_end(NOON) == datetime.fromisoformat("2026-08-01T00:00:00Z")
    assert both_ways(first, again, ended("released", 2 * DAY)).balance_minor == 800


def test_locked_until_is_the_first_expiry_of_the_open_grants() -> None:
    grants = [
        granted("g-1", expires="2026-09-01T00:00:00Z"),
        granted("g-2", expires="2026-07-01T00:00:00Z"),
        granted("g-3", expires="2026-08-01T00:00:00Z"),
        granted("g-4"),
    ]
    assert both_ways(*grants).locked.next_end(NOON) == datetime.fromisoformat("2026-07-01T00:00:00Z")
    without = profile_of(*grants, ended("expired", DAY, "g-2"))
    assert without.locked.next_end(NOON) == datetime.fromisoformat("2026-08-01T00:00:00Z")
    assert profile_of(*grants, *(ended("released", DAY, f"g-{n}") for n in (1, 2, 3))).locked.next_end(NOON) is None


def test_ends_of_one_instant_settle_by_fact_id() -> None:
    grant = Grant("g", 500, None, EventOrder(NOON, "0"), released=EventOrder(NOON, "a"), expired=EventOrder(NOON, "b"))
    assert grant.was_released
    assert not replace(grant, released=EventOrder(NOON, "c")).was_released


# -------------------------------------------------------------------------------------------- natural keys


def purchase(after: timedelta, amount: int, purchase_id: str = "p-1") -> CustomerFact:
    return customer_fact("purchase.completed", at=NOON + after, amount_minor=amount, purchase_id=purchase_id)


def test_a_purchase_that_a_till_reports_under_two_fact_ids_is_one_visit() -> None:
    activity = both_ways(purchase(timedelta(), 300), purchase(timedelta(), 300)).activity
    assert (activity.visit_count, activity.lifetime_spend_minor, len(activity.recent)) == (1, 300, 1)


def test_of_two_reports_of_a_purchase_the_later_holds() -> None:
    reports = [purchase(timedelta(), 300), purchase(DAY, 500), purchase(2 * DAY, 100, "p-2")]
    activity = both_ways(*reports).activity
    assert (activity.visit_count, activity.lifetime_spend_minor) == (2, 600)
    assert activity.recent.exact == tuple(micros(NOON + days * DAY) for days in (1, 2))


def test_a_refund_that_is_reported_twice_is_one_refund() -> None:
    refunds = [customer_fact("purchase.refunded", at=NOON + n * DAY, amount_minor=100, refund_id="r-1") for n in (0, 1)]
    assert both_ways(purchase(timedelta(), 300), *refunds).activity.lifetime_spend_minor == 200


def test_the_provider_ids_that_were_linked_last_are_shown() -> None:
    account = opened()
    for number in range(MAX_PROVIDER_IDS + 2):
        account = account.holding(f"pos-{number:02}", f"2024-01-01T00:00:00.000000Z#{number:03}")
    shown = tuple(f"pos-{number:02}" for number in range(2, MAX_PROVIDER_IDS + 2))
    assert account.profile.provider_ids == shown


def test_a_customer_holds_so_many_provider_ids_and_no_more() -> None:
    account = opened()
    for number in range(MAX_HELD):
        account = account.holding(f"pos-{number:03}", f"2024-01-01T00:00:00.000000Z#{number:03}")
    link = customer_fact("provider_id.linked", provider_customer_id="pos-999")
    stamp = link.order.held_stamp
    with pytest.raises(CannotApply, match="provider_customer_id"):
        fold(replace(account, holdings={"pos-999": stamp}), link.payload, link.order)
    again = customer_fact("provider_id.linked", provider_customer_id="pos-000")
    held = fold(replace(account, holdings={"pos-000": stamp}), again.payload, again.order)
    assert "pos-000" in held.profile.provider_ids


# ---------------------------------------------------------------------------------------------- late facts


def test_a_purchase_from_before_the_window_arrives_late_and_counts_for_life() -> None:
    recent = customer_fact("purchase.completed", at=NOON, amount_minor=300)
    old = customer_fact("purchase.completed", at=NOON - 91 * DAY, amount_minor=200)
    activity = both_ways(recent, old).activity
    assert (activity.visit_count, activity.lifetime_spend_minor, activity.last_visit_at) == (2, 500, NOON)
    assert activity.visits_within_window(NOON) == 1


def test_a_refund_may_come_before_its_purchase() -> None:
    refund = customer_fact("purchase.refunded", amount_minor=300)
    purchase = customer_fact("purchase.completed", amount_minor=300)
    assert both_ways(refund, purchase).activity.lifetime_spend_minor == 0
    assert both_ways(refund, purchase).activity.visit_count == 1
