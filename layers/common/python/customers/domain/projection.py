"""The fold: how one fact changes what is known of a customer.

Pure, and the same for any order of facts. Sums (money, visits) commute; of two statements about one thing the later
holds (`Stamp`); a purchase, a refund or a grant is what was said of it last, whatever id each statement came under; the
earliest end that was said of a grant decides. A phone is verified by what was said since it was last corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from customers.domain.account import Account, Grant, Transaction, scoped
from customers.domain.facts import (
    BalanceMoved,
    ConsentUpdated,
    Corrected,
    CustomerNews,
    Disabled,
    Enabled,
    Merged,
    PreferencesUpdated,
    PromoClosed,
    PromoGranted,
    ProviderIdLinked,
    Purchased,
    Refunded,
    Registered,
    Stamp,
    Verified,
)
from customers.domain.refusals import CannotApply, MustWait, Refusal

MAX_PROVIDER_IDS = 20
"""Of one customer: each is one row more to write with every fact."""


def fold(account: Account, news: CustomerNews, stamp: Stamp, scope: str = "") -> Account:  # noqa: C901 - one flat match
    """The account after one more fact. Raises `CannotApply` (never will) or `MustWait` (its grant is not known).

    `scope` is the absorbed customer whom the fact names. A `Merged` adds nothing by itself: `domain/merge.py`.
    """
    profile = account.profile
    currency = getattr(news, "currency", profile.currency)
    if currency != profile.currency:
        raise CannotApply("currency", f"must be the enterprise's currency, {profile.currency}")
    match news:
        case Purchased():
            return _transact(
                account, Transaction("purchase", news.purchase_id, news.amount_minor, news.branch_id, stamp, scope)
            )
        case Refunded():
            return _transact(account, Transaction("refund", news.refund_id, news.amount_minor, None, stamp, scope))
        case BalanceMoved(amount_minor=amount):
            return _with(account, balance_minor=profile.balance_minor + amount)
        case PromoGranted() | PromoClosed():
            return _fold_grant(account, news, stamp, scope)
        case ProviderIdLinked(provider_customer_id=linked):
            linked_now = {*profile.provider_ids, linked} - account.outclaimed
            if len(linked_now) > MAX_PROVIDER_IDS:
                raise CannotApply("provider_customer_id", f"the customer has {MAX_PROVIDER_IDS} provider ids already")
            return _with(account, provider_ids=tuple(sorted(linked_now)))
        case Registered():
            return _register(account, news, stamp)
        case Verified():
            # Of an absorbed customer it was another phone.
            return account if scope else _verify(account, verified=stamp)
        case Corrected():
            return _correct(account, news, stamp)
        case Merged():
            return account
        case Disabled() | Enabled():
            return _state(account, "disabled", stamp, disabled=isinstance(news, Disabled))
        case PreferencesUpdated(preferences=preferences):
            return _state(account, "preferences", stamp, preferences=preferences)
        case ConsentUpdated(consent=consent):
            return _state(account, "consent", stamp, consent=consent)


class Said(Protocol):
    """What the fold needs of a fact about a customer, or of a ledger entry."""

    @property
    def news(self) -> CustomerNews: ...

    @property
    def stamp(self) -> Stamp: ...

    @property
    def scope(self) -> str: ...


S = TypeVar("S", bound=Said)


def fold_all(account: Account, facts: Sequence[S]) -> tuple[Account, list[S], dict[str, Refusal]]:
    """The account after several facts, those of them that were folded, and by fact id why the others were not."""
    folded: list[S] = []
    refused: dict[str, Refusal] = {}
    late: list[S] = []
    for fact in facts:
        try:
            account = fold(account, fact.news, fact.stamp, fact.scope)
        except MustWait as refusal:
            late.append(fact)
            refused[fact.stamp.fact_id] = refusal
        except CannotApply as refusal:
            refused[fact.stamp.fact_id] = refusal
        else:
            folded.append(fact)
    if not folded or not late:
        return account, folded, refused
    # What they wait for may have been among the others.
    account, folded_late, still_refused = fold_all(account, late)
    settled = {fact_id: why for fact_id, why in refused.items() if isinstance(why, CannotApply)}
    return account, [*folded, *folded_late], {**settled, **still_refused}


def _with(account: Account, **changes: object) -> Account:
    return replace(account, profile=replace(account.profile, **changes))  # type: ignore[arg-type]


def _state(account: Account, thing: str, stamp: Stamp, **changes: object) -> Account:
    """Of all that was said about `thing`, the latest holds."""
    if str(stamp) <= account.marks.get(thing, ""):
        return account
    return _with(replace(account, marks={**account.marks, thing: str(stamp)}), **changes)


def _correct(account: Account, news: Corrected, stamp: Stamp) -> Account:
    """A phone that was corrected has to be verified anew."""
    if news.name is not None:
        account = _state(account, "name", stamp, name=news.name)
    if news.phone is not None and str(stamp) > account.marks.get("phone", ""):
        account = _verify(_state(account, "phone", stamp, phone=news.phone))
    return account


def _verify(account: Account, verified: Stamp | None = None) -> Account:
    """A statement from before the phone was corrected is about the number before."""
    marks = dict(account.marks)
    if verified:
        marks["verified"] = max(str(verified), marks.get("verified", ""))
    return _with(replace(account, marks=marks), verified=marks.get("verified", "") > marks.get("phone", ""))


def _transact(account: Account, said: Transaction) -> Account:
    """A purchase counts once, under however many fact ids a till reports it; so does a refund."""
    before = account.transactions.get(said.key)
    if before and str(said.stamp) <= str(before.stamp):
        return account
    activity = account.profile.activity
    difference = said.amount_minor - (before.amount_minor if before else 0)
    if said.kind == "refund":
        activity = activity.refunded(difference)
    elif before:
        activity = activity.restated(before.stamp.occurred_at, said.stamp.occurred_at, difference)
    else:
        activity = activity.visited(said.stamp.occurred_at, difference)
    account = replace(account, transactions={**account.transactions, said.key: said})
    return _with(account, activity=activity)


def _register(account: Account, news: Registered, stamp: Stamp) -> Account:
    """A stated `member_since` outlasts registrations without one; where none states it, the first one counts."""
    account = _state(account, "name", stamp, name=news.name)
    if news.member_since is not None:
        return _state(account, "member_since", stamp, member_since=news.member_since)
    if "member_since" in account.marks:
        return account
    first = min(stamp.occurred_at, account.profile.member_since or stamp.occurred_at)
    return _with(account, member_since=first)


def _fold_grant(account: Account, news: PromoGranted | PromoClosed, stamp: Stamp, scope: str) -> Account:
    before = account.grants.get(scoped("grant", news.grant_id, scope))
    if isinstance(news, PromoGranted):
        if before is not None and str(stamp) <= str(before.granted):
            return account
        stated = Grant(news.grant_id, news.amount_minor, news.expires_at, stamp, scope=scope)
        after = replace(stated, released=before.released, expired=before.expired) if before else stated
    elif before is None:
        raise MustWait("grant_id", "no such grant is known yet")
    else:
        end = "released" if news.released else "expired"
        earliest = min(filter(None, (getattr(before, end), stamp)), key=str)
        after = replace(before, **{end: earliest})
    grants = {**account.grants, after.key: after}
    expiries = [grant.expires_at for grant in grants.values() if grant.open and grant.expires_at]
    return _with(
        replace(account, grants=grants),
        locked_promo_minor=account.profile.locked_promo_minor + _locked(after) - _locked(before),
        balance_minor=account.profile.balance_minor + _released(after) - _released(before),
        locked_until=min(expiries, default=None),
    )


def _locked(grant: Grant | None) -> int:
    return grant.amount_minor if grant and grant.open else 0


def _released(grant: Grant | None) -> int:
    return grant.amount_minor if grant and grant.was_released else 0
