"""How a payload changes a customer's money: balance, purchases, refunds and promotional grants.

Amounts add up in any order. A purchase, a refund or a grant may be reported several times, under several fact ids: the
latest entry about it holds. Of a grant's ends, `expires_at` among them, the earliest holds.

A purchase or a refund that an import's figures include, as any entry about it says, counts in the days alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from customers.domain.customers.activity import Activity
from customers.domain.facts.account import Account, Import, Transaction
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import BalanceMoved, PromoClosed, PromoGranted, Purchased, Refunded
from customers.domain.facts.grants.grant import Grant, LooseEnd, scoped
from customers.domain.facts.grants.matching import concerned, settled, with_changed
from customers.domain.facts.imported import Imported
from customers.domain.refusals import CannotApply


def fold_balance(account: Account, payload: BalanceMoved, _order: EventOrder, _scope: str) -> Account:
    return account.with_profile(balance_minor=account.profile.balance_minor + payload.amount_minor)


def fold_purchase(account: Account, payload: Purchased, order: EventOrder, scope: str) -> Account:
    return _transact(
        account, Transaction("purchase", payload.purchase_id, payload.amount_minor, payload.branch_id, order, scope)
    )


def fold_refund(account: Account, payload: Refunded, order: EventOrder, scope: str) -> Account:
    return _transact(account, Transaction("refund", payload.refund_id, payload.amount_minor, None, order, scope))


def fold_included_purchase(account: Account, payload: Purchased, order: EventOrder, scope: str) -> Account:
    return _transact(
        account,
        Transaction("purchase", payload.purchase_id, payload.amount_minor, payload.branch_id, order, scope, True),
    )


def fold_included_refund(account: Account, payload: Refunded, order: EventOrder, scope: str) -> Account:
    return _transact(account, Transaction("refund", payload.refund_id, payload.amount_minor, None, order, scope, True))


def fold_import_sums(account: Account, payload: Imported, order: EventOrder, scope: str) -> Account:
    """Adds the figures of one more source. Raises `CannotApply` if the customer has figures of this source."""
    imported = Import(payload.source, order, scope)
    known = account.imports.get(imported.key)
    if known and known.order.fact_id == order.fact_id:
        # The same fact again, or another one with its id: its record decides.
        return account
    if known:
        raise CannotApply("source", "has been imported for this customer already: one import for each source")
    account = replace(account, imports={**account.imports, imported.key: imported})
    for each in payload.grants or ():
        granted = PromoGranted(each.grant_id, each.amount_minor, account.profile.currency, each.expires_at)
        account = fold_grant(account, granted, order, scope)
    activity = account.profile.activity.imported(
        payload.lifetime_spend_minor or 0, payload.visited, payload.known_visits
    )
    balance = account.profile.balance_minor + (payload.spendable_minor or 0)
    return account.with_profile(balance_minor=balance, activity=activity)


def fold_grant(account: Account, payload: PromoGranted, order: EventOrder, scope: str) -> Account:
    """Ends that came before the grant are the grant's own from now on."""
    stated = Grant(payload.grant_id, payload.amount_minor, payload.expires_at, order, scope=scope)
    before, loose_ends = account.grants.get(stated.key), dict(account.loose_ends)
    if before:
        stated = before.restated(stated)
    elif came := loose_ends.pop(LooseEnd(payload.grant_id, scope=scope).key, None):
        stated = stated.ended(came)
    return _with_grants(account, {**account.grants, stated.key: stated}, loose_ends, stated, order)


def fold_grant_end(account: Account, payload: PromoClosed, order: EventOrder, scope: str) -> Account:
    """Ends the part's own grant. If the part has none, the end is loose: it may mean the grant of another part."""
    end = LooseEnd(payload.grant_id, scope=scope)
    end = replace(end, released=order) if payload.released else replace(end, expired=order)
    before, loose_ends = account.grants.get(scoped("grant", payload.grant_id, scope)), dict(account.loose_ends)
    if before:
        after = before.ended(end)
        return _with_grants(account, {**account.grants, after.key: after}, loose_ends, after, order)
    loose_ends[end.key] = loose_ends.get(end.key, end).ended(end)
    return _with_grants(account, account.grants, loose_ends, end, order)


def _transact(account: Account, after: Transaction) -> Account:
    """A purchase counts once, however many fact ids a till reports it under. So does a refund."""
    before = account.transactions.get(after.key)
    latest = before if before and str(after.order) <= str(before.order) else after
    latest = replace(latest, included=after.included or (before is not None and before.included))
    if latest == before:
        return account
    activity = _activity(account.profile.activity, before, latest)
    account = replace(account, transactions={**account.transactions, latest.key: latest})
    return account.with_profile(activity=activity)


def _activity(activity: Activity, before: Transaction | None, after: Transaction) -> Activity:
    if after.included:
        # If it has been counted, only the whole history says which visit was the last one before: see `recounted`.
        return activity
    difference = after.amount_minor - (before.amount_minor if before else 0)
    if after.kind == "refund":
        return activity.refunded(difference)
    if before:
        return activity.restated(before.order.occurred_at, after.order.occurred_at, difference)
    return activity.visited(after.order.occurred_at, difference)


def _with_grants(
    account: Account,
    grants: Mapping[str, Grant],
    loose_ends: Mapping[str, LooseEnd],
    changed: Grant | LooseEnd,
    order: EventOrder,
) -> Account:
    """With these grants and loose ends, of which one has changed."""
    loose = [*account.loose_ends.values(), *loose_ends.values()]
    profile = with_changed(
        account.profile,
        settled(concerned(account.grants, loose, changed), account.loose_ends.values()),
        settled(concerned(grants, loose, changed), loose_ends.values()),
    )
    return replace(account, grants=grants, loose_ends=loose_ends).with_profile(
        balance_minor=profile.balance_minor,
        locked=profile.locked.told(order.occurred_at),
        loose_ends=profile.loose_ends + len(loose_ends) - len(account.loose_ends),
    )
