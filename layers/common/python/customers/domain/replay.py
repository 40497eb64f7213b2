"""A whole ledger folded anew, merges and all, as if everything had come in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account
from customers.domain.facts.fact import (
    ConsentUpdated,
    Corrected,
    CustomerPayload,
    Disabled,
    Enabled,
    EventOrder,
    LedgerEntry,
    Merged,
    PreferencesUpdated,
    ProviderIdLinked,
    Registered,
    Verified,
)
from customers.domain.facts.projection import fold, fold_all
from customers.domain.identity.merge import combine
from customers.domain.refusals import Refusal

_STATES = (ConsentUpdated, Corrected, Disabled, Enabled, PreferencesUpdated, Registered, Verified)


def is_state(payload: CustomerPayload) -> bool:
    """Whether the latest of several statements holds, so that order matters where records were merged in between."""
    return isinstance(payload, _STATES)


def is_money(payload: CustomerPayload) -> bool:
    """Whether it is of a sum: money, a purchase, a grant. The books keep it of whom nothing else is kept."""
    return not isinstance(payload, (*_STATES, Merged, ProviderIdLinked))


def is_outdated(account: Account, payload: CustomerPayload, order: EventOrder) -> bool:
    """Whether the news is of a time when what is one customer now were several."""
    return is_state(payload) and str(order) < account.field_versions.get("merged", "")


def restate(account: Account, entries: Iterable[LedgerEntry]) -> Account:
    """The account with what can be stated anew taken from all that was ever stated; sums stay as they are."""
    before = account.profile
    blank = Account(Profile(before.customer_id, before.phone, before.currency))
    stated = [entry for entry in entries if is_state(entry.payload) or isinstance(entry.payload, Merged)]
    told, _, _ = replay(blank, stated)
    names = ("name", "member_since", "preferences", "consent", "verified", "disabled")
    profile = replace(before, **{name: getattr(told.profile, name) for name in names})
    return replace(account, profile=profile, field_versions=told.field_versions)


def replay(blank: Account, entries: Iterable[LedgerEntry]) -> tuple[Account, list[LedgerEntry], dict[str, Refusal]]:
    """As `fold_all`: the account, what was folded, and why the rest was not.

    What was said of an absorbed customer before the merge is combined at the merge, and not by its own time alone.
    Sums need no order: they are folded last, each under its scope.
    """
    accounts = {"": blank}
    leads_to: dict[str, str] = {}
    folded: list[LedgerEntry] = []
    sums: list[LedgerEntry] = []
    for entry in sorted(entries, key=lambda entry: str(entry.order)):
        whose = _root(entry.scope, leads_to)
        account = accounts.setdefault(whose, _like(blank, whose))
        if isinstance(entry.payload, Merged):
            absorbed = accounts.pop(entry.payload.absorbed, _like(blank, entry.payload.absorbed))
            accounts[whose] = combine(account, absorbed, entry.order)
            leads_to[entry.payload.absorbed] = whose
            folded.append(entry)
        elif is_state(entry.payload):
            scope = entry.scope if whose != entry.scope else ""
            accounts[whose] = fold(account, entry.payload, entry.order, scope)
            folded.append(entry)
        else:
            sums.append(entry)
    account, folded_sums, refused = fold_all(accounts[""], sums)
    return account, [*folded, *folded_sums], refused


def _root(scope: str, leads_to: dict[str, str]) -> str:
    while scope in leads_to:
        scope = leads_to[scope]
    return scope


def _like(blank: Account, customer_id: str) -> Account:
    return Account(replace(blank.profile, customer_id=customer_id, version=0))
