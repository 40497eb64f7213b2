"""Replay: a whole ledger folded again, including merges, in the order in which things happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account, with_links_of
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import CustomerFact, CustomerPayload, LedgerEntry, Merged
from customers.domain.facts.fact_types import FACT_TYPES, is_state
from customers.domain.facts.projection import fold, fold_all
from customers.domain.identity.merge import combine
from customers.domain.refusals import Refusal


def is_outdated(account: Account, payload: CustomerPayload, order: EventOrder) -> bool:
    """Whether the payload is from before the customer's latest merge, so that it was about one of several customers."""
    return is_state(payload) and str(order) < account.field_versions.get("merged", "")


def needs_history(before: Account, facts: Iterable[CustomerFact]) -> bool:
    """Whether the facts can be folded only together with the whole ledger."""
    profile = before.profile
    can_be_folded = not profile.erased and not profile.pending_migrations
    return can_be_folded and any(is_outdated(before, fact.payload, fact.order) for fact in facts)


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
    they are folded last, each under its scope.
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
            accounts[whose] = fold(account, entry.payload, entry.order, scope)
            folded.append(entry)
        else:
            sums.append(entry)
    account, folded_sums, refused = fold_all(accounts[""], sums)
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
