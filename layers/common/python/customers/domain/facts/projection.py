"""The fold: how one fact changes what is known of a customer.

Pure, and the same for any order of facts. Sums (money, visits) commute; of two statements about one thing the later
holds (`EventOrder`); a purchase, a refund or a grant is what was said of it last, whatever id each statement came under; the
earliest end that was said of a grant decides. A phone is verified by what was said since it was last corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from customers.domain.facts.account import Account, Grant, Transaction, scoped
from customers.domain.facts.fact import (
    BalanceMoved,
    ConsentUpdated,
    Corrected,
    CustomerPayload,
    Disabled,
    Enabled,
    EventOrder,
    Merged,
    PreferencesUpdated,
    PromoClosed,
    PromoGranted,
    ProviderIdLinked,
    Purchased,
    Refunded,
    Registered,
    Verified,
)
from customers.domain.refusals import CannotApply, NotYet, Refusal

MAX_PROVIDER_IDS = 20
"""Of one customer: each is one row more to write with every fact."""


def fold(account: Account, payload: CustomerPayload, order: EventOrder, scope: str = "") -> Account:  # noqa: C901 - one flat match
    """The account after one more fact. Raises `CannotApply` (never will) or `NotYet` (its grant is not known).

    `scope` is the absorbed customer whom the fact names. A `Merged` adds nothing by itself: `domain/identity/merge.py`.
    """
    profile = account.profile
    currency = getattr(payload, "currency", profile.currency)
    if currency != profile.currency:
        raise CannotApply("currency", f"must be the enterprise's currency, {profile.currency}")
    match payload:
        case Purchased():
            return _transact(
                account,
                Transaction("purchase", payload.purchase_id, payload.amount_minor, payload.branch_id, order, scope),
            )
        case Refunded():
            return _transact(
                account, Transaction("refund", payload.refund_id, payload.amount_minor, None, order, scope)
            )
        case BalanceMoved(amount_minor=amount):
            return _with(account, balance_minor=profile.balance_minor + amount)
        case PromoGranted() | PromoClosed():
            return _fold_grant(account, payload, order, scope)
        case ProviderIdLinked(provider_customer_id=linked):
            linked_now = {*profile.provider_ids, linked} - account.outclaimed
            if len(linked_now) > MAX_PROVIDER_IDS:
                raise CannotApply("provider_customer_id", f"the customer has {MAX_PROVIDER_IDS} provider ids already")
            return _with(account, provider_ids=tuple(sorted(linked_now)))
        case Registered():
            return _register(account, payload, order)
        case Verified():
            # Of an absorbed customer it was another phone.
            return account if scope else _verify(account, verified=order)
        case Corrected():
            return _correct(account, payload, order)
        case Merged():
            return account
        case Disabled() | Enabled():
            return _state(account, "disabled", order, disabled=isinstance(payload, Disabled))
        case PreferencesUpdated(preferences=preferences):
            return _state(account, "preferences", order, preferences=preferences)
        case ConsentUpdated(consent=consent):
            return _state(account, "consent", order, consent=consent)


class Said(Protocol):
    """What the fold needs of a fact about a customer, or of a ledger entry."""

    @property
    def payload(self) -> CustomerPayload: ...

    @property
    def order(self) -> EventOrder: ...

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
            account = fold(account, fact.payload, fact.order, fact.scope)
        except NotYet as refusal:
            late.append(fact)
            refused[fact.order.fact_id] = refusal
        except CannotApply as refusal:
            refused[fact.order.fact_id] = refusal
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


def _state(account: Account, thing: str, order: EventOrder, **changes: object) -> Account:
    """Of all that was said about `thing`, the latest holds."""
    if str(order) <= account.field_versions.get(thing, ""):
        return account
    return _with(replace(account, field_versions={**account.field_versions, thing: str(order)}), **changes)


def _correct(account: Account, payload: Corrected, order: EventOrder) -> Account:
    """A phone that was corrected has to be verified anew."""
    if payload.name is not None:
        account = _state(account, "name", order, name=payload.name)
    if payload.phone is not None and str(order) > account.field_versions.get("phone", ""):
        account = _verify(_state(account, "phone", order, phone=payload.phone))
    return account


def _verify(account: Account, verified: EventOrder | None = None) -> Account:
    """A statement from before the phone was corrected is about the number before."""
    field_versions = dict(account.field_versions)
    if verified:
        field_versions["verified"] = max(str(verified), field_versions.get("verified", ""))
    return _with(
        replace(account, field_versions=field_versions),
        verified=field_versions.get("verified", "") > field_versions.get("phone", ""),
    )


def _transact(account: Account, said: Transaction) -> Account:
    """A purchase counts once, under however many fact ids a till reports it; so does a refund."""
    before = account.transactions.get(said.key)
    if before and str(said.order) <= str(before.order):
        return account
    activity = account.profile.activity
    difference = said.amount_minor - (before.amount_minor if before else 0)
    if said.kind == "refund":
        activity = activity.refunded(difference)
    elif before:
        activity = activity.restated(before.order.occurred_at, said.order.occurred_at, difference)
    else:
        activity = activity.visited(said.order.occurred_at, difference)
    account = replace(account, transactions={**account.transactions, said.key: said})
    return _with(account, activity=activity)


def _register(account: Account, payload: Registered, order: EventOrder) -> Account:
    """A stated `member_since` outlasts registrations without one; where none states it, the first one counts."""
    account = _state(account, "name", order, name=payload.name)
    if payload.member_since is not None:
        return _state(account, "member_since", order, member_since=payload.member_since)
    if "member_since" in account.field_versions:
        return account
    first = min(order.occurred_at, account.profile.member_since or order.occurred_at)
    return _with(account, member_since=first)


def _fold_grant(account: Account, payload: PromoGranted | PromoClosed, order: EventOrder, scope: str) -> Account:
    before = account.grants.get(scoped("grant", payload.grant_id, scope))
    if isinstance(payload, PromoGranted):
        if before is not None and str(order) <= str(before.granted):
            return account
        stated = Grant(payload.grant_id, payload.amount_minor, payload.expires_at, order, scope=scope)
        after = replace(stated, released=before.released, expired=before.expired) if before else stated
    elif before is None:
        raise NotYet("grant_id", "no such grant is known yet")
    else:
        end = "released" if payload.released else "expired"
        earliest = min(filter(None, (getattr(before, end), order)), key=str)
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
