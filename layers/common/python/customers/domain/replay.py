"""Replay: a whole ledger folded again, including merges, in the order in which things happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from customers.domain.customers.activity import Activity
from customers.domain.customers.profile import Profile
from customers.domain.facts.account import HEARD, Account
from customers.domain.facts.fact import CustomerFact, LedgerEntry, Merged
from customers.domain.facts.fact_types import FACT_TYPES, FOLDS, STATE_FOLDS, is_money, is_state, record_of
from customers.domain.facts.parts.parts import Merging, Parts
from customers.domain.facts.parts.unmerged import Unmerged
from customers.domain.facts.projection import fold_all, included_first
from customers.domain.instants import sortable_instant
from customers.domain.refusals import Refusal


def needs_history(before: Account, facts: Iterable[CustomerFact]) -> bool:
    """Whether the facts can be folded only together with the whole ledger."""
    return any(takes_back(before, fact) for fact in facts)


def takes_back(before: Account, fact: CustomerFact) -> bool:
    """Whether a fact says that an import's figures include a purchase or a refund that has been counted."""
    known = before.transactions.get(record_of(fact.payload, fact.scope) or "") if fact.included_in else None
    return known is not None and not known.included


def recounted(account: Account, entries: Iterable[LedgerEntry]) -> Account:
    """The account with the activity of all entries: what has been counted cannot be taken back from a sum."""
    money = [entry for entry in entries if is_money(entry.payload)]
    root, parts = account.profile.customer_id, account.parts.parts if account.parts else {}
    known = {
        each: part.with_activity(_activity(account, [entry for entry in money if (entry.scope or root) == each]))
        for each, part in parts.items()
    }
    account = replace(account, parts=account.parts and replace(account.parts, parts=known))
    return account.with_profile(activity=_activity(account, money))


def _activity(account: Account, entries: Iterable[LedgerEntry]) -> Activity:
    before = account.profile
    replayed, _, _ = replay(Account(Profile(before.customer_id, before.phone, before.currency)), entries)
    return replayed.profile.activity


def replay(blank: Account, entries: Iterable[LedgerEntry]) -> tuple[Account, list[LedgerEntry], dict[str, Refusal]]:
    """As `fold_all`: the account, the entries that were folded, and why the others were not.

    What was stated about each part of a merged customer is folded apart, and in the end the whole from all parts. Sums
    need no order: they are folded last, each under its scope. Only what an import's figures include comes before the
    rest, so that nothing has to be taken back.
    """
    in_order = sorted(entries, key=_by_receipt)
    account, folded, sums = _with_parts(blank, in_order), list[LedgerEntry](), list[LedgerEntry]()
    for entry in in_order:
        if is_state(entry.payload):
            account = _stated(account, entry)
            (sums if type(entry.payload) in STATE_FOLDS else folded).append(entry)
        else:
            (folded if isinstance(entry.payload, Merged) else sums).append(entry)
    if account.parts:
        account = account.parts.whole(account)
    account, folded_sums, refused = fold_all(account, included_first(sums))
    return account, [*folded, *folded_sums], refused


def _with_parts(blank: Account, in_order: Sequence[LedgerEntry]) -> Account:
    """The account with a part for each customer whom the merges among the entries name, if they still hold."""
    root = blank.profile.customer_id
    by_absorbed: dict[str, Merging] = {}
    for entry in in_order:
        if isinstance(entry.payload, Merged):
            absorbed_id = entry.payload.absorbed_customer_id
            by_absorbed[absorbed_id] = Merging(entry.order.occurred_at, entry.scope or root, absorbed_id)
        elif isinstance(entry.payload, Unmerged):
            by_absorbed.pop(entry.payload.absorbed_customer_id, None)
    merges = sorted(by_absorbed.values(), key=lambda merge: merge.at)
    if not merges:
        return blank
    heard = {HEARD: sortable_instant(merges[-1].at)}
    account = replace(blank, field_versions={**blank.field_versions, **heard}, parts=Parts.empty(merges))
    return account.with_profile(absorbed=len(merges))


def _stated(account: Account, entry: LedgerEntry) -> Account:
    """With the states of one more entry; of an import without its sums."""
    if account.parts:
        return account.parts.heard(account, entry.payload, entry.order, entry.scope or account.profile.customer_id)
    fold = STATE_FOLDS.get(type(entry.payload)) or FOLDS[type(entry.payload)]
    return fold(account, entry.payload, entry.order, "")


def _by_receipt(entry: LedgerEntry) -> tuple[datetime, bool, str]:
    """The order in which this system's own statements found the facts. Of one instant, the facts come first."""
    return entry.order.held_at, FACT_TYPES[entry.type].own, str(entry.order)
