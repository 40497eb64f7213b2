"""How a payload changes what a customer is: name, phone, preferences, consent, provider ids, and whether disabled.

Of several facts about one thing the latest holds (`EventOrder`). A statement of this system's own overrules everything
that was stated before it was made, even by a clock that ran ahead.
"""

from __future__ import annotations

from dataclasses import replace

from customers.domain.facts.account import (
    HEARD,
    MAX_HELD,
    REFUSED,
    TAKEN_BACK,
    Account,
    FieldVersions,
    held_provider_ids,
    with_refusals,
)
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import (
    ConsentUpdated,
    Corrected,
    Disabled,
    Enabled,
    Merged,
    PreferencesUpdated,
    ProviderIdLinked,
    ProviderIdUnlinked,
    Registered,
    Verified,
)
from customers.domain.facts.imported import Imported
from customers.domain.facts.parts.unmerged import Unmerged
from customers.domain.instants import sortable_instant
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
    """What an unmerge has refused stays refused, unless the statement was heard later."""
    consent = with_refusals(payload.consent, sortable_instant(order.held_at), account.field_versions)
    return _latest(account, "consent", order, consent=consent)


def fold_provider_id(
    account: Account, payload: ProviderIdLinked | ProviderIdUnlinked, _order: EventOrder, _scope: str
) -> Account:
    """Adds the id or takes it away, as all statements about it say (`Account.holdings`). One ledger does not tell."""
    provider_id = payload.provider_customer_id
    if provider_id not in account.holdings:
        return account
    held, stamp = held_provider_ids(account.field_versions), account.holdings[provider_id]
    if stamp and provider_id not in held and len(held) >= MAX_HELD:
        raise CannotApply("provider_customer_id", f"the customer has {MAX_HELD} provider ids already")
    account = account.holding(provider_id, stamp)
    if since := account.taken_back.get(provider_id):
        account = _with_versions(account, {f"{TAKEN_BACK}{provider_id}": since})
    return account


def fold_corrected(account: Account, payload: Corrected, order: EventOrder, _scope: str) -> Account:
    """A corrected phone has to be verified again."""
    if payload.name is not None:
        account = _overrule(account, "name", order, name=payload.name)
    if payload.phone is not None:
        account = _verify(_overrule(account, "phone", order, phone=payload.phone))
    return account


def fold_import_states(account: Account, payload: Imported, order: EventOrder, scope: str) -> Account:
    """What an import states of a person, as the facts of the single types would. Folded again it changes nothing."""
    for thing in ("name", "preferences", "member_since"):
        if (value := getattr(payload, thing)) is not None:
            account = _latest(account, thing, order, **{thing: value})
    if payload.consent is not None:
        account = fold_consent(account, ConsentUpdated(payload.consent), order, scope)
    return fold_verified(account, Verified(), order, scope) if payload.verified else account


def fold_merged(account: Account, _payload: Merged, _order: EventOrder, _scope: str) -> Account:
    """Adds nothing by itself: `domain/identity/merge.py` combines the two accounts."""
    return account


def fold_unmerged(account: Account, payload: Unmerged, order: EventOrder, _scope: str) -> Account:
    """What was refused or disabled while the two were one stays so."""
    at = sortable_instant(order.occurred_at)
    account = _with_versions(_heard(account, order), {f"{REFUSED}{each}": at for each in payload.refused or ()})
    consent = {**account.profile.consent, **dict.fromkeys(payload.refused or (), False)}
    account = account.with_profile(consent=consent)
    return _overrule(account, "disabled", order, disabled=True) if payload.disabled else account


def _member_from(account: Account, order: EventOrder) -> Account:
    """Without a stated `member_since`, the first registration or verification counts."""
    if "member_since" in account.field_versions:
        return account
    first = min(order.occurred_at, account.profile.member_since or order.occurred_at)
    return account.with_profile(member_since=first)


def _latest(account: Account, thing: str, order: EventOrder, **changes: object) -> Account:
    """The account with these changes, unless a later statement about `thing` is known already."""
    account = _heard(account, order)
    overruled = sortable_instant(order.held_at) <= account.field_versions.get(f"{thing}.own", "")
    if overruled or str(order) <= account.field_versions.get(thing, ""):
        return account
    return _with_versions(account, {thing: str(order)}).with_profile(**changes)


def _overrule(account: Account, thing: str, order: EventOrder, **changes: object) -> Account:
    """The account with these changes, which this system states itself. Such statements are folded in their order."""
    versions = {thing: str(order), f"{thing}.own": sortable_instant(order.occurred_at)}
    return _with_versions(_heard(account, order), versions).with_profile(**changes)


def _verify(account: Account, verified: EventOrder | None = None) -> Account:
    """A verification from before a correction of the phone is about the old number, whatever the clock of its fact."""
    versions = dict(account.field_versions)
    if verified:
        held = str(EventOrder(verified.held_at, verified.fact_id))
        versions["verified"] = max(held, versions.get("verified", ""))
    account = _with_versions(account, versions)
    account = _heard(account, verified) if verified else account
    return account.with_profile(verified=versions.get("verified", "") > versions.get("phone", ""))


def _heard(account: Account, order: EventOrder) -> Account:
    heard = max(sortable_instant(order.held_at), account.field_versions.get(HEARD, ""))
    return _with_versions(account, {HEARD: heard})


def _with_versions(account: Account, versions: FieldVersions) -> Account:
    return replace(account, field_versions={**account.field_versions, **versions})
