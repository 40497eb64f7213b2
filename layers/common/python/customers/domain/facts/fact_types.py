"""Every type of fact, one descriptor each. `docs/add-a-fact-type.md` says what else a new type needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.facts import fold_money, fold_states
from customers.domain.facts.account import Account
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import (
    AccessRevoked,
    BalanceMoved,
    BranchChanged,
    ConsentUpdated,
    Corrected,
    CustomerPayload,
    Disabled,
    Enabled,
    EnterpriseConfigured,
    Merged,
    PreferencesUpdated,
    PromoClosed,
    PromoGranted,
    ProviderIdLinked,
    ProviderIdUnlinked,
    Purchased,
    Refunded,
    Registered,
    Verified,
)
from customers.domain.facts.fact_type import BOOKS, FactType, Fold
from customers.domain.facts.grants.grant import scoped
from customers.domain.facts.imported import Imported
from customers.domain.facts.parts.unmerged import Unmerged


def _money(name: str, payload: type[Any], fold: Fold, *required: str, **more: Any) -> FactType:
    return FactType(name, payload, fold=fold, required=required, money=True, keeps=BOOKS, **{"combines": "sum", **more})


def _end(name: str, *, released: bool) -> FactType:
    fixed = {"released": released}
    return _money(name, PromoClosed, fold_money.fold_grant_end, "grant_id", fixed=fixed, combines="end", record="grant")


def _fold_imported(account: Account, payload: Imported, order: EventOrder, scope: str) -> Account:
    account = fold_states.fold_import_states(account, payload, order, scope)
    return fold_money.fold_import_sums(account, payload, order, scope)


def _personal(name: str, payload: type[Any], fold: Fold, *required: str, **more: Any) -> FactType:
    return FactType(name, payload, fold=fold, required=required, personal=True, **more)


_MEMBER_SINCE = {"optional": ("member_since",), "keeps": ("member_since",)}
_IMPORTED_SUMS = ("spendable_minor", "grants", "lifetime_spend_minor", "visit_count", "last_visit_at", "visits")
_PROVIDER_ID = "provider_customer_id"
_AMOUNT = ("amount_minor", "currency")
_ID = ("absorbed_customer_id",)
_UNMERGED = {"optional": ("refused", "disabled"), "keeps": _ID, "own": True}
_BRANCH = ("merchant_id", "branch_id")

_ALL = (
    FactType(
        "enterprise.configured",
        EnterpriseConfigured,
        "enterprise",
        "setting",
        required=("name", "currency"),
        optional=(
            "home_region",
            "time_zone",
            "badge",
            "erasure_policy",
            "sms_countries",
            "sms_per_day",
            "unmerge_policy",
        ),
    ),
    FactType("branch.registered", BranchChanged, "branch", "setting", required=_BRANCH, fixed={"active": True}),
    FactType("branch.disabled", BranchChanged, "branch", "setting", required=_BRANCH, fixed={"active": False}),
    FactType(
        "access.revoked",
        AccessRevoked,
        "enterprise",
        "setting",
        required=("issuer",),
        optional=("subject", "jti", "before"),
    ),
    _personal(
        "customer.imported",
        Imported,
        _fold_imported,
        "source",
        combines="import",
        states=fold_states.fold_import_states,
        sums=fold_money.fold_import_sums,
        optional=(
            *("currency", "name", "verified", "member_since"),
            *_IMPORTED_SUMS,
            *("preferences", "consent", "provider_customer_ids"),
        ),
        record="import",
        money=True,
        keeps=("source", "currency", *_IMPORTED_SUMS),
    ),
    _personal("customer.registered", Registered, fold_states.fold_registered, "name", **_MEMBER_SINCE),
    FactType("customer.verified", Verified, fold=fold_states.fold_verified),
    FactType("customer.disabled", Disabled, fold=fold_states.fold_disabled),
    FactType("customer.enabled", Enabled, fold=fold_states.fold_disabled),
    _personal("provider_id.linked", ProviderIdLinked, fold_states.fold_provider_id, _PROVIDER_ID, combines="link"),
    _personal("provider_id.unlinked", ProviderIdUnlinked, fold_states.fold_provider_id, _PROVIDER_ID, combines="link"),
    _money(
        "purchase.completed",
        Purchased,
        fold_money.fold_purchase,
        *_AMOUNT,
        "purchase_id",
        optional=("branch_id",),
        record="purchase",
        history=fold_money.fold_included_purchase,
    ),
    _money(
        "purchase.refunded",
        Refunded,
        fold_money.fold_refund,
        *_AMOUNT,
        "refund_id",
        "purchase_id",
        record="refund",
        history=fold_money.fold_included_refund,
    ),
    _money("balance.topped_up", BalanceMoved, fold_money.fold_balance, *_AMOUNT),
    _money("balance.spent", BalanceMoved, fold_money.fold_balance, *_AMOUNT, outgoing=True),
    _money("balance.settled", BalanceMoved, fold_money.fold_balance, *_AMOUNT, outgoing=True),
    _money(
        "promo.granted",
        PromoGranted,
        fold_money.fold_grant,
        *_AMOUNT,
        "grant_id",
        optional=("expires_at",),
        record="grant",
    ),
    _end("promo.released", released=True),
    _end("promo.expired", released=False),
    _personal("preferences.updated", PreferencesUpdated, fold_states.fold_preferences, "preferences"),
    _personal("consent.updated", ConsentUpdated, fold_states.fold_consent, "consent"),
    _personal("customer.corrected", Corrected, fold_states.fold_corrected, optional=("name", "phone"), own=True),
    FactType(
        "customer.merged", Merged, combines="merge", fold=fold_states.fold_merged, required=_ID, keeps=_ID, own=True
    ),
    _personal("customer.unmerged", Unmerged, fold_states.fold_unmerged, *_ID, **_UNMERGED),
)
FACT_TYPES: Mapping[str, FactType] = {each.name: each for each in _ALL}
"""By name."""
FOLDS: Mapping[type[Any], Fold] = {each.payload: each.fold for each in _ALL if each.fold}
"""By payload."""
_BY_PAYLOAD: Mapping[type[Any], FactType] = {each.payload: each for each in _ALL}
"""Types with one payload are treated alike; `tests/contract/facts/test_fact_types.py` checks it."""
STATE_FOLDS: Mapping[type[Any], Fold] = {each.payload: each.states for each in _ALL if each.states}
"""By payload, the fold of what an import states."""
SUM_FOLDS: Mapping[type[Any], Fold] = {each.payload: each.sums for each in _ALL if each.sums}
"""By payload, the fold of the sums of an import."""
HISTORY_FOLDS: Mapping[type[Any], Fold] = {each.payload: each.history for each in _ALL if each.history}
"""By payload, what a sum changes that an import's figures include."""
_STATES = frozenset(each.payload for each in _ALL if each.combines in ("state", "import"))
_LINKS = frozenset(each.payload for each in _ALL if each.combines == "link")
_MONEY = frozenset(each.payload for each in _ALL if each.money)


def is_state(payload: CustomerPayload) -> bool:
    """Whether the latest of several entries holds, so that their order matters."""
    return type(payload) in _STATES


def is_history(payload: CustomerPayload) -> bool:
    """Whether an import's figures can include it, so that it adds nothing: everything but states and links."""
    return type(payload) not in _STATES | _LINKS


def is_money(payload: CustomerPayload) -> bool:
    """Whether the books need it, so that it is applied even to a customer who has been erased."""
    return type(payload) in _MONEY


def record_of(payload: CustomerPayload, scope: str) -> str | None:
    """The key of the grant, purchase or refund that a payload creates or changes; None if it has none."""
    kind = _BY_PAYLOAD[type(payload)].record
    return scoped(kind, getattr(payload, f"{kind}_id"), scope) if kind else None
