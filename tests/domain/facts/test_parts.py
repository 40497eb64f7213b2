"""What a merged customer states does not depend on when its facts arrive: the parts, the whole, and a replay agree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account, next_order
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import (
    BalanceMoved,
    ConsentUpdated,
    Corrected,
    CustomerPayload,
    Disabled,
    Enabled,
    LedgerEntry,
    Merged,
    PreferencesUpdated,
    PromoClosed,
    PromoGranted,
    Purchased,
    Refunded,
    Registered,
    Verified,
)
from customers.domain.facts.parts.joins import THINGS, Holding, joined
from customers.domain.facts.parts.part import MOST, Part, Statement, Sums
from customers.domain.facts.parts.unmerged import Unmerged
from customers.domain.facts.projection import fold
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.merge import Absorbed, combine
from customers.domain.identity.unmerge import separate
from customers.domain.replay import replay
from tests.support.facts import NOON

HOUR = timedelta(hours=1)
NEW_PHONE = Phone("+97433001191")
PEOPLE = ("usr_a", "usr_b", "usr_c", "usr_d")
ENDS = [None, NOON + 8 * HOUR, NOON + 12 * HOUR, NOON + 90 * HOUR]
TYPES: dict[type[CustomerPayload], str] = {
    Registered: "customer.registered",
    Verified: "customer.verified",
    Disabled: "customer.disabled",
    Enabled: "customer.enabled",
    PreferencesUpdated: "preferences.updated",
    ConsentUpdated: "consent.updated",
    Purchased: "purchase.completed",
    Refunded: "purchase.refunded",
    BalanceMoved: "balance.topped_up",
    PromoGranted: "promo.granted",
    PromoClosed: "promo.released",
}


def blank(customer_id: str) -> Account:
    return Account(Profile(customer_id, Phone(f"+9743300110{PEOPLE.index(customer_id)}"), "QAR"))


@dataclass
class Town:
    """Some customers, who learn facts one by one."""

    accounts: dict[str, Account] = field(default_factory=lambda: {each: blank(each) for each in PEOPLE})
    leads_to: dict[str, str] = field(default_factory=dict)
    ledger: list[LedgerEntry] = field(default_factory=list)
    now: datetime = NOON

    def whole(self, customer_id: str) -> str:
        while customer_id in self.leads_to:
            customer_id = self.leads_to[customer_id]
        return customer_id

    def hear(self, part: str, payload: CustomerPayload, order: EventOrder, kind: str) -> None:
        root = self.whole(part)
        known = self.accounts[root].grants.values()
        if isinstance(payload, PromoClosed) and all(each.grant_id != payload.grant_id for each in known):
            return  # It waits for a grant.
        self.accounts[root] = fold(self.accounts[root], payload, order, _scope(part, root))
        self.ledger.append(LedgerEntry(order, kind, payload, part))

    def act(self, act: tuple[str, str, str]) -> None:
        kind, *named = act
        one, other = map(self.whole, named)
        number = f"own-{len(self.ledger)}"
        if kind == "name":
            order = next_order([self.accounts[one].field_versions], self.now, number)
            self.hear(one, Corrected(f"Office {number}", None), order, "customer.corrected")
        elif kind == "unmerge":
            self.unmerge(named[0])
        elif one != other:
            order = next_order([self.accounts[each].field_versions for each in (one, other)], self.now, number)
            self.accounts[one] = combine(self.accounts[one], self.accounts.pop(other), order)
            self.leads_to[other] = one
            self.ledger.append(LedgerEntry(order, "customer.merged", Merged(other), one))

    def unmerge(self, part: str) -> None:
        if part not in self.leads_to:
            return
        root = self.whole(part)
        order = next_order([self.accounts[root].field_versions], self.now, f"own-{len(self.ledger)}")
        freed = Absorbed(part, blank(part).profile.phone, NOON)
        separated = separate(self.accounts[root], freed, {}, order)
        whole, gone = self.accounts[root], separated.leaving
        del self.leads_to[part]
        for customer_id, side in ((root, separated.rest), (part, separated.freed)):
            theirs = gone if customer_id == part else set(whole.parts.parts) - set(gone)  # type: ignore[union-attr]
            rows: dict[str, Any] = {
                each: _rows(getattr(whole, each).values(), customer_id, theirs, root)
                for each in ("grants", "transactions", "imports", "loose_ends")
            }
            self.accounts[customer_id] = replace(side.account, **rows)
            self.ledger.append(replace(side.entry, scope=side.entry.scope or customer_id))

    def replayed(self, root: str) -> Account:
        mine = [each for each in self.ledger if self.whole(each.scope) == root]
        account, _, refused = replay(blank(root), [replace(each, scope=_scope(each.scope, root)) for each in mine])
        assert not refused
        return account


def _rows(rows: Iterable[Any], customer_id: str, parts: Collection[str], root: str) -> dict[str, Any]:
    """The grants, transactions or imports that a customer has after an unmerge, as they lie in the tables."""
    theirs = (each for each in rows if (each.scope or root) in parts)
    scoped = (replace(each, scope=_scope(each.scope or root, customer_id)) for each in theirs)
    return {each.key: each for each in scoped}


def _scope(part: str, root: str) -> str:
    return part if part != root else ""


def payloads() -> st.SearchStrategy[CustomerPayload]:
    numbers = st.integers(0, 3)
    return st.one_of(
        st.builds(lambda n, since: Registered(f"Name {n}", since), numbers, st.sampled_from([None, NOON - 900 * HOUR])),
        st.sampled_from([Verified(), Disabled(), Enabled()]),
        st.builds(lambda n: PreferencesUpdated({"milk": n}), numbers),
        st.builds(lambda sms, marketing: ConsentUpdated({"sms": sms, "marketing": marketing}), *[st.booleans()] * 2),
        st.builds(lambda n, minor: Purchased(f"p-{n}", minor, "QAR", None), numbers, st.integers(1, 900)),
        st.builds(lambda n, minor: Refunded(f"r-{n}", f"p-{n}", minor, "QAR"), numbers, st.integers(1, 90)),
        st.builds(lambda minor: BalanceMoved(minor, "QAR"), st.integers(-900, 900)),
        st.builds(lambda n, minor: PromoGranted(f"g-{n}", minor, "QAR", ENDS[n]), numbers, st.integers(1, 900)),
        st.builds(lambda n, released: PromoClosed(f"g-{n}", released), numbers, st.booleans()),
    )


Step = tuple[str, CustomerPayload, int, int] | tuple[str, str, str]
"""A statement about a customer, by a clock so many hours off, that was kept back for so many hours; or an act."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(PEOPLE), payloads(), st.integers(-40, 20), st.integers(0, 30)),
        st.tuples(
            st.sampled_from(["name", "merge", "merge", "unmerge"]), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)
        ),
    ),
    max_size=14,
)


def told(steps: Sequence[Step]) -> Town:
    """Each step an hour after the one before. What is kept back is received, and arrives later."""
    town, kept = Town(), list[tuple[datetime, int, Step]]()
    for number, step in enumerate(steps):
        kept.append((town.now + (step[3] if len(step) == 4 else 0) * HOUR, number, step))
        town.now += HOUR
    for at, number, step in sorted(kept, key=lambda each: each[:2]):
        town.now = at + timedelta(minutes=1)
        if len(step) == 3:
            town.act(step)
        else:
            part, payload, lag, _ = step
            received = NOON + number * HOUR
            order = EventOrder(received + lag * HOUR, f"f-{number % 7}{number}").received(received)
            town.hear(part, payload, order, TYPES[type(payload)])
    return town


@settings(max_examples=settings().max_examples * 5)
@given(STEPS)
def test_the_whole_is_what_a_replay_of_all_entries_says(steps: list[Step]) -> None:
    town = told(steps)
    for root, account in town.accounts.items():
        replayed = town.replayed(root)
        assert account.parts == replayed.parts
        assert account.field_versions == replayed.field_versions
        for thing in (*THINGS, "verified", "absorbed", "balance_minor", "locked", "activity", "loose_ends"):
            assert getattr(account.profile, thing) == getattr(replayed.profile, thing), thing
        assert (account.grants, account.loose_ends) == (replayed.grants, replayed.loose_ends)


@settings(max_examples=settings().max_examples * 5)
@given(STEPS)
def test_the_sums_of_a_part_are_those_of_a_customer_who_never_met_the_others(steps: list[Step]) -> None:
    town = told(steps)
    for root, account in town.accounts.items():
        sums = {each: part.sums for each, part in account.parts.parts.items()} if account.parts else {}
        for part_id, sum_of_part in sums.items():
            own = [each for each in town.ledger if each.scope == part_id and not isinstance(each.payload, Merged)]
            alone, _, refused = replay(blank(part_id), [replace(each, scope="") for each in own])
            assert not refused
            assert Sums.of(alone.profile) == sum_of_part
        assert sum(each.loose_ends for each in sums.values()) == (account.profile.loose_ends if sums else 0), root


@settings(max_examples=settings().max_examples * 5)
@given(STEPS)
def test_an_end_means_the_grant_of_its_part_or_the_one_granted_first(steps: list[Step]) -> None:
    """Counted from the whole ledger, whatever came first and whoever was one with whom in between."""
    town = told(steps)
    for root, account in town.accounts.items():
        mine = [each for each in town.ledger if town.whole(each.scope) == root]
        balance, locked = _counted(mine)
        assert (account.profile.balance_minor, account.profile.locked.at(NOON)) == (balance, locked)


def _counted(entries: Sequence[LedgerEntry]) -> tuple[int, int]:
    """The balance, and what is locked at noon."""
    by_order = sorted(entries, key=lambda each: str(each.order))
    first: dict[tuple[str, str], LedgerEntry] = {}
    latest: dict[tuple[str, str], PromoGranted] = {}
    for each in by_order:
        if isinstance(each.payload, PromoGranted):
            first.setdefault((each.scope, each.payload.grant_id), each)
            latest[each.scope, each.payload.grant_id] = each.payload
    ended: dict[tuple[str, str], LedgerEntry] = {}
    for each in by_order:
        if isinstance(each.payload, PromoClosed):
            grant_id = each.payload.grant_id
            whose = (
                [(each.scope, grant_id)] if (each.scope, grant_id) in first else [k for k in first if k[1] == grant_id]
            )
            for key in whose[:1]:
                ends_at = latest[key].expires_at
                released_late = each.payload.released and ends_at is not None and each.order.occurred_at >= ends_at
                if not released_late:
                    ended.setdefault(key, each)
    balance = sum(each.payload.amount_minor for each in entries if isinstance(each.payload, BalanceMoved))
    released = {key for key, each in ended.items() if isinstance(each.payload, PromoClosed) and each.payload.released}
    open_at_noon = [
        grant
        for key, grant in latest.items()
        if key not in ended and (grant.expires_at is None or grant.expires_at > NOON)
    ]
    return (
        balance + sum(latest[key].amount_minor for key in released),
        sum(grant.amount_minor for grant in open_at_noon),
    )


@settings(max_examples=settings().max_examples * 5)
@given(STEPS)
def test_who_is_alone_again_is_as_if_they_had_never_met(steps: list[Step]) -> None:
    """But for what was refused or disabled meanwhile: that stays."""
    town = told(steps)
    for root, account in town.accounts.items():
        if account.parts:
            continue
        own = [each for each in town.ledger if each.scope == root and not isinstance(each.payload, Merged | Unmerged)]
        alone, _, refused = replay(blank(root), [replace(each, scope="") for each in own])
        assert not refused
        for thing in ("name", "member_since", "preferences", "verified", "balance_minor", "locked", "activity"):
            assert getattr(account.profile, thing) == getattr(alone.profile, thing), thing
        consent = alone.profile.consent
        kept = [each.payload for each in town.ledger if each.scope == root and isinstance(each.payload, Unmerged)]
        if not any(each.refused for each in kept):
            assert account.profile.consent == consent
        if not any(each.disabled for each in kept):
            assert account.profile.disabled == alone.profile.disabled
        assert {each for each in consent if account.profile.consent[each]} <= {
            each for each in consent if consent[each]
        }


REFUSED_MEANWHILE: list[Step] = [
    ("usr_a", ConsentUpdated({"sms": True, "marketing": False}), 0, 0),
    ("usr_b", ConsentUpdated({"sms": True, "marketing": True}), 0, 0),
    ("merge", "usr_a", "usr_b"),
]


def test_what_was_refused_while_they_were_one_stays_refused_for_both() -> None:
    refusing: Step = ("usr_a", ConsentUpdated({"sms": False, "marketing": True}), 0, 0)
    consenting: Step = ("usr_b", ConsentUpdated({"sms": True, "marketing": True}), 0, 0)
    town = told([*REFUSED_MEANWHILE, refusing, consenting, ("unmerge", "usr_b", "usr_a")])
    consents = [town.accounts[each].profile.consent for each in ("usr_a", "usr_b")]
    # The refusal from before the merge is the first one's alone.
    assert consents == [{"sms": False, "marketing": True}, {"sms": False, "marketing": True}]
    # A late consent changes nothing of it, and a new one does.
    late = EventOrder(NOON + timedelta(hours=4, minutes=30), "late")
    town.hear("usr_b", ConsentUpdated({"sms": True, "email": True}), late, "consent.updated")
    assert town.accounts["usr_b"].profile.consent == {"sms": False, "email": True}
    town.hear("usr_b", ConsentUpdated({"sms": True}), EventOrder(NOON + 9 * HOUR, "new"), "consent.updated")
    assert town.accounts["usr_b"].profile.consent == {"sms": True}


def test_what_one_who_has_left_refused_stays_refused_for_who_leaves_after() -> None:
    steps: list[Step] = [("usr_c", ConsentUpdated({"sms": True}), 0, 0), ("merge", "usr_b", "usr_a")]
    town = told([*steps, ("merge", "usr_b", "usr_c"), ("usr_a", ConsentUpdated({"sms": False}), 0, 0)])
    for each in ("usr_a", "usr_c"):
        town.unmerge(each)
    assert town.accounts["usr_c"].profile.consent == {"sms": False}


def test_since_when_a_part_is_known_is_what_it_stated_or_when_it_was_first_told_of() -> None:
    stated, early, late = NOON - 900 * HOUR, NOON - 999 * HOUR, NOON + 30 * HOUR
    for member_since, told_again, expected in (
        (None, early, early),
        (None, late, NOON + HOUR),
        (stated, early, stated),
        (stated, late, stated),
    ):
        known: list[Step] = [("usr_c", Verified(), 0, 0), ("usr_a", Registered("A", member_since), 0, 0)]
        town = told([*known, ("merge", "usr_b", "usr_a")])
        town.hear("usr_a", Verified(), EventOrder(told_again, "again"), "customer.verified")
        town.unmerge("usr_a")
        assert town.accounts["usr_a"].profile.member_since == expected


def test_who_was_disabled_while_they_were_one_stays_disabled() -> None:
    town = told([*REFUSED_MEANWHILE, ("usr_a", Disabled(), 0, 0), ("usr_b", Enabled(), 0, 0)])
    assert not town.accounts["usr_a"].profile.disabled
    town.unmerge("usr_b")
    assert [town.accounts[each].profile.disabled for each in ("usr_a", "usr_b")] == [True, True]


def test_a_statement_by_a_clock_that_ran_ahead_gives_way_to_one_after_the_merge() -> None:
    """As a correction, a merge overrules what was heard before it. So it does in a part with a later statement."""
    town = told([("usr_b", PreferencesUpdated({"milk": 1}), 20, 0), ("merge", "usr_a", "usr_b")])
    assert town.accounts["usr_a"].profile.preferences == {"milk": 1}
    order = EventOrder(NOON + 4 * HOUR, "f-2")
    town.hear("usr_b", PreferencesUpdated({"milk": 2}), order, "preferences.updated")
    assert town.accounts["usr_a"].profile.preferences == {"milk": 2}
    (ahead, later) = town.replayed("usr_a").parts.parts["usr_b"].statements["preferences"]  # type: ignore[union-attr]
    assert (ahead.heard, later.order) == ("", str(order))


def test_a_correction_of_an_absorbed_customer_s_phone_leaves_the_survivor_s() -> None:
    town = told([("merge", "usr_a", "usr_b")])
    for number, (customer_id, phone) in enumerate((("usr_b", blank("usr_a").profile.phone), ("usr_a", NEW_PHONE))):
        corrected = Corrected(None, Phone(f"+9743300119{number}"))
        order = EventOrder(NOON + (number + 4) * HOUR, f"f-{number}")
        town.hear(customer_id, corrected, order, "customer.corrected")
        assert town.accounts["usr_a"].profile.phone == phone


def test_of_two_refusals_the_survivor_s_stands() -> None:
    mine, theirs = Holding({"sms": False}, ""), Holding({"sms": None}, "")
    assert joined("consent", mine, theirs, NOON).value == {"sms": False}


def test_a_part_keeps_few_statements_of_a_field() -> None:
    part = Part("2024")
    for number in range(30):
        # Each was heard later, and says that it is earlier.
        said = Statement(number, f"2025-01-01T{59 - number:02}#f", f"2024-06-01T{number:02}")
        part = part._with("name", said)
    kept = [each.value for each in part.statements["name"]]
    assert len(kept) == MOST
    assert (kept[0], kept[-1]) == (0, 29)
