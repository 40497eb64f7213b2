"""How a payload changes what a customer is: name, phone, preferences, consent, provider ids, and whether disabled.

Of several entries about one thing the latest holds (`EventOrder`).
"""

from __future__ import annotations

from dataclasses import replace

from customers.domain.facts.account import MAX_PROVIDER_IDS, Account
from customers.domain.facts.fact import (
    ConsentUpdated,
    Corrected,
    Disabled,
    Enabled,
    EventOrder,
    Merged,
    PreferencesUpdated,
    ProviderIdLinked,
    Registered,
    Verified,
)
from customers.domain.refusals import CannotApply


def fold_registered(account: Account, payload: Registered, order: EventOrder, _scope: str) -> Account:
    """A stated `member_since` outlasts registrations without one. If none states it, the first counts."""
    account = _latest(account, "name", order, name=payload.name)
    if payload.member_since is not None:
        return _latest(account, "member_since", order, member_since=payload.member_since)
    return _member_from(account, order)


def fold_verified(account: Account, _payload: Verified, order: EventOrder, scope: str) -> Account:
    """An absorbed customer verified another phone than the survivor's. Both are members from then on at the latest."""
    account = _member_from(account, order)
    return account if scope else _verify(account, verified=order)


def fold_disabled(account: Account, payload: Disabled | Enabled, order: EventOrder, _scope: str) -> Account:
    return _latest(account, "disabled", order, disabled=isinstance(payload, Disabled))


def fold_preferences(account: Account, payload: PreferencesUpdated, order: EventOrder, _scope: str) -> Account:
    return _latest(account, "preferences", order, preferences=payload.preferences)


def fold_consent(account: Account, payload: ConsentUpdated, order: EventOrder, _scope: str) -> Account:
    return _latest(account, "consent", order, consent=payload.consent)


def fold_provider_id(account: Account, payload: ProviderIdLinked, _order: EventOrder, _scope: str) -> Account:
    """Adds the id, unless a later entry has given it to another customer."""
    linked = {*account.profile.provider_ids, payload.provider_customer_id} - account.outclaimed
    if len(linked) > MAX_PROVIDER_IDS:
        raise CannotApply("provider_customer_id", f"the customer has {MAX_PROVIDER_IDS} provider ids already")
    return account.with_profile(provider_ids=tuple(sorted(linked)))


def fold_corrected(account: Account, payload: Corrected, order: EventOrder, _scope: str) -> Account:
    """A corrected phone has to be verified again."""
    if payload.name is not None:
        account = _latest(account, "name", order, name=payload.name)
    if payload.phone is not None and str(order) > account.field_versions.get("phone", ""):
        account = _verify(_latest(account, "phone", order, phone=payload.phone))
    return account


def fold_merged(account: Account, _payload: Merged, _order: EventOrder, _scope: str) -> Account:
    """Adds nothing by itself: `domain/identity/merge.py` combines the two accounts."""
    return account


def _member_from(account: Account, order: EventOrder) -> Account:
    """Without a stated `member_since`, the first registration or verification counts."""
    if "member_since" in account.field_versions:
        return account
    first = min(order.occurred_at, account.profile.member_since or order.occurred_at)
    return account.with_profile(member_since=first)


def _latest(account: Account, thing: str, order: EventOrder, **changes: object) -> Account:
    """The account with these changes, unless a later entry about `thing` is known already."""
    if str(order) <= account.field_versions.get(thing, ""):
        return account
    versions = {**account.field_versions, thing: str(order)}
    return replace(account, field_versions=versions).with_profile(**changes)


def _verify(account: Account, verified: EventOrder | None = None) -> Account:
    """A verification from before a correction of the phone is about the old number."""
    field_versions = dict(account.field_versions)
    if verified:
        field_versions["verified"] = max(str(verified), field_versions.get("verified", ""))
    return replace(account, field_versions=field_versions).with_profile(
        verified=field_versions.get("verified", "") > field_versions.get("phone", ""),
    )
