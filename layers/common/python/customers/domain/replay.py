"""A whole ledger folded anew, merges and all, as if everything had come in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from customers.domain.account import Account
from customers.domain.facts import (
    ConsentUpdated,
    Corrected,
    CustomerNews,
    Disabled,
    Enabled,
    LedgerEntry,
    Merged,
    PreferencesUpdated,
    ProviderIdLinked,
    Registered,
    Stamp,
    Verified,
)
from customers.domain.merge import combine
from customers.domain.profile import Profile
from customers.domain.projection import fold, fold_all
from customers.domain.refusals import Refusal

_STATES = (ConsentUpdated, Corrected, Disabled, Enabled, PreferencesUpdated, Registered, Verified)


def is_state(news: CustomerNews) -> bool:
    """Whether the latest of several statements holds, so that order matters where records were merged in between."""
    return isinstance(news, _STATES)


def is_money(news: CustomerNews) -> bool:
    """Whether it is of a sum: money, a purchase, a grant. The books keep it of whom nothing else is kept."""
    return not isinstance(news, (*_STATES, Merged, ProviderIdLinked))


def is_outdated(account: Account, news: CustomerNews, stamp: Stamp) -> bool:
    """Whether the news is of a time when what is one customer now were several."""
    return is_state(news) and str(stamp) < account.marks.get("merged", "")


def restate(account: Account, entries: Iterable[LedgerEntry]) -> Account:
    """The account with what can be stated anew taken from all that was ever stated; sums stay as they are."""
    before = account.profile
    blank = Account(Profile(before.customer_id, before.phone, before.currency))
    stated = [entry for entry in entries if is_state(entry.news) or isinstance(entry.news, Merged)]
    told, _, _ = replay(blank, stated)
    names = ("name", "member_since", "preferences", "consent", "verified", "disabled")
    profile = replace(before, **{name: getattr(told.profile, name) for name in names})
    return replace(account, profile=profile, marks=told.marks)


def replay(blank: Account, entries: Iterable[LedgerEntry]) -> tuple[Account, list[LedgerEntry], dict[str, Refusal]]:
    """As `fold_all`: the account, what was folded, and why the rest was not.

    What was said of an absorbed customer before the merge is combined at the merge, and not by its own time alone.
    Sums need no order: they are folded last, each under its scope.
    """
    accounts = {"": blank}
    leads_to: dict[str, str] = {}
    folded: list[LedgerEntry] = []
    sums: list[LedgerEntry] = []
    for entry in sorted(entries, key=lambda entry: str(entry.stamp)):
        whose = _root(entry.scope, leads_to)
        account = accounts.setdefault(whose, _like(blank, whose))
        if isinstance(entry.news, Merged):
            absorbed = accounts.pop(entry.news.absorbed, _like(blank, entry.news.absorbed))
            accounts[whose] = combine(account, absorbed, entry.stamp)
            leads_to[entry.news.absorbed] = whose
            folded.append(entry)
        elif is_state(entry.news):
            scope = entry.scope if whose != entry.scope else ""
            accounts[whose] = fold(account, entry.news, entry.stamp, scope)
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
