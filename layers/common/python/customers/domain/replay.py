"""Replay: a whole ledger folded again, including merges, in the order in which things happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account, with_links_of
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import CustomerFact, CustomerPayload, LedgerEntry, Merged
from customers.domain.facts.fact_types import FACT_TYPES, FOLDS, STATE_FOLDS, is_money, is_state, record_of
from customers.domain.facts.projection import fold_all, included_first
from customers.domain.identity.merge import combine
from customers.domain.refusals import Refusal


def is_outdated(account: Account, payload: CustomerPayload, order: EventOrder) -> bool:
    """Whether the payload is from before the customer's latest merge, so that it was about one of several customers."""
    return is_state(payload) and str(order) < account.field_versions.get("merged", "")


def needs_history(before: Account, facts: Iterable[CustomerFact]) -> bool:
    """Whether the facts can be folded only together with the whole ledger."""
    if before.profile.pending_migrations:
        return False
    outdated = not before.profile.erased and any(is_outdated(before, fact.payload, fact.order) for fact in facts)
    return outdated or any(takes_back(before, fact) for fact in facts)


def takes_back(before: Account, fact: CustomerFact) -> bool:
    """Whether a fact says that an import's figures include a purchase or a refund that has been counted."""
    known = before.transactions.get(record_of(fact.payload, fact.scope) or "") if fact.included_in else None
    return known is not None and not known.included


def recounted(account: Account, entries: Iterable[LedgerEntry]) -> Account:
    """The account with the activity of all entries: what has been counted cannot be taken back from a sum."""
    before = account.profile
    blank = Account(Profile(before.customer_id, before.phone, before.currency))
    replayed, _, _ = replay(blank, [entry for entry in entries if is_money(entry.payload)])
    return account.with_profile(activity=replayed.profile.activity)


def restate(account: Account, entries: Iterable[LedgerEntry]) -> Account:
    """The account with all states taken from a replay of `entries`. Sums stay as they are."""
    before = account.profile
    blank = Account(Profile(before.customer_id, before.phone, before.currency))
    states = [entry for entry in entries if is_state(entry.payload) or isinstance(entry.payload, Merged)]
    replayed, _, _ = replay(blank, states)
    names = ("name", "member_since", "preferences", "consent", "verified", "disabled")
    profile = replace(before, **{name: getattr(replayed.profile, name) for name in names})
    return replace(account, profile=profile, field_versions=with_links_of(account.field_versions, replayed))


def replay(blank: Account, entries: Iterable[LedgerEntry]) -> tuple[Account, list[LedgerEntry], dict[str, Refusal]]:
    """As `fold_all`: the account, the entries that were folded, and why the others were not.

    Each absorbed customer has an account of its own until the merge, which combines the two. Sums need no order:
    they are folded last, each under its scope. Only what an import's figures include comes before the rest, so that
    nothing has to be taken back.
    """
    accounts = {"": blank}
    leads_to: dict[str, str] = {}
    folded: list[LedgerEntry] = []
    sums: list[LedgerEntry] = []
    for entry in sorted(entries, key=_by_receipt):
        whose = _root(entry.scope, leads_to)
        account = accounts.setdefault(whose, _like(blank, whose))
        if isinstance(entry.payload, Merged):
            absorbed = accounts.pop(
                entry.payload.absorbed_customer_id, _like(blank, entry.payload.absorbed_customer_id)
            )
            accounts[whose] = combine(account, absorbed, entry.order)
            leads_to[entry.payload.absorbed_customer_id] = whose
            folded.append(entry)
        elif is_state(entry.payload):
            scope = entry.scope if whose != entry.scope else ""
            state = STATE_FOLDS.get(type(entry.payload))
            accounts[whose] = (state or FOLDS[type(entry.payload)])(account, entry.payload, entry.order, scope)
            (sums if state else folded).append(entry)
        else:
            sums.append(entry)
    account, folded_sums, refused = fold_all(accounts[""], included_first(sums))
    return account, [*folded, *folded_sums], refused


def _by_receipt(entry: LedgerEntry) -> tuple[datetime, bool, str]:
    """The order in which this system's own statements found the facts. Of one instant, the facts come first."""
    return entry.order.held_at, FACT_TYPES[entry.type].own, str(entry.order)


def _root(scope: str, leads_to: dict[str, str]) -> str:
    while scope in leads_to:
        scope = leads_to[scope]
    return scope


def _like(blank: Account, customer_id: str) -> Account:
    return Account(replace(blank.profile, customer_id=customer_id, version=0))
