"""The fold: how one fact changes what is known of a customer.

Pure, and the same for any order of facts. Sums (money, visits) commute; of two statements about one thing the later
holds (`Stamp`); a grant is what was said of it last, and the earliest end that was said of it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from customers.domain.facts import (
    BalanceMoved,
    ConsentUpdated,
    CustomerNews,
    Disabled,
    Enabled,
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
from customers.domain.profile import Profile
from customers.domain.refusals import CannotApply, MustWait


@dataclass(frozen=True, slots=True)
class Grant:
    """A promotional credit: what was granted, and the ends that were said of it."""

    grant_id: str
    amount_minor: int
    expires_at: datetime | None
    granted: Stamp
    """The latest statement of its amount and expiry."""
    released: Stamp | None = None
    expired: Stamp | None = None

    @property
    def open(self) -> bool:
        return self.released is None and self.expired is None

    @property
    def was_released(self) -> bool:
        """Where both ends were said, the earlier one happened and the other could not."""
        if self.released is None:
            return False
        return self.expired is None or str(self.released) < str(self.expired)


Marks = Mapping[str, str]
"""Which statement holds, per thing that can be stated anew: the winning fact's stamp."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a fact is folded into. `grants` holds at least the grant it names and the two that expire first."""

    profile: Profile
    marks: Marks = field(default_factory=dict)
    grants: Mapping[str, Grant] = field(default_factory=dict)
    outclaimed: frozenset[str] = frozenset()
    """Provider ids that a later statement gave to another customer."""


def fold(account: Account, news: CustomerNews, stamp: Stamp) -> Account:  # noqa: C901 - one flat match
    """The account after one more fact. Raises `CannotApply` (never will) or `MustWait` (its grant is not known)."""
    profile = account.profile
    currency = getattr(news, "currency", profile.currency)
    if currency != profile.currency:
        raise CannotApply("currency", f"must be the enterprise's currency, {profile.currency}")
    match news:
        case Purchased(amount_minor=amount):
            return _with(account, activity=profile.activity.visited(stamp.occurred_at, amount))
        case Refunded(amount_minor=amount):
            return _with(account, activity=profile.activity.refunded(amount))
        case BalanceMoved(amount_minor=amount):
            return _with(account, balance_minor=profile.balance_minor + amount)
        case PromoGranted() | PromoClosed():
            return _fold_grant(account, news, stamp)
        case ProviderIdLinked(provider_customer_id=linked):
            linked_now = {*profile.provider_ids, linked} - account.outclaimed
            return _with(account, provider_ids=tuple(sorted(linked_now)))
        case Registered():
            return _register(account, news, stamp)
        case Verified():
            return _with(account, verified=True)
        case Disabled() | Enabled():
            return _state(account, "disabled", stamp, disabled=isinstance(news, Disabled))
        case PreferencesUpdated(preferences=preferences):
            return _state(account, "preferences", stamp, preferences=preferences)
        case ConsentUpdated(consent=consent):
            return _state(account, "consent", stamp, consent=consent)


def _with(account: Account, **changes: object) -> Account:
    return replace(account, profile=replace(account.profile, **changes))  # type: ignore[arg-type]


def _state(account: Account, thing: str, stamp: Stamp, **changes: object) -> Account:
    """Of all that was said about `thing`, the latest holds."""
    if str(stamp) <= account.marks.get(thing, ""):
        return account
    return _with(replace(account, marks={**account.marks, thing: str(stamp)}), **changes)


def _register(account: Account, news: Registered, stamp: Stamp) -> Account:
    """A stated `member_since` outlasts registrations without one; where none states it, the first one counts."""
    account = _state(account, "name", stamp, name=news.name)
    if news.member_since is not None:
        return _state(account, "member_since", stamp, member_since=news.member_since)
    if "member_since" in account.marks:
        return account
    first = min(stamp.occurred_at, account.profile.member_since or stamp.occurred_at)
    return _with(account, member_since=first)


def _fold_grant(account: Account, news: PromoGranted | PromoClosed, stamp: Stamp) -> Account:
    before = account.grants.get(news.grant_id)
    if isinstance(news, PromoGranted):
        if before is not None and str(stamp) <= str(before.granted):
            return account
        stated = Grant(news.grant_id, news.amount_minor, news.expires_at, stamp)
        after = replace(stated, released=before.released, expired=before.expired) if before else stated
    elif before is None:
        raise MustWait("grant_id", "no such grant is known yet")
    else:
        end = "released" if news.released else "expired"
        earliest = min(filter(None, (getattr(before, end), stamp)), key=str)
        after = replace(before, **{end: earliest})
    grants = {**account.grants, after.grant_id: after}
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
