"""Every type of fact, one descriptor each. `docs/add-a-fact-type.md` says what else a new type needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.facts import fold_money, fold_states
from customers.domain.facts.account import scoped
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


def _money(name: str, payload: type[Any], fold: Fold, *required: str, **more: Any) -> FactType:
    return FactType(name, payload, fold=fold, required=required, money=True, keeps=BOOKS, **{"combines": "sum", **more})


_AMOUNT = ("amount_minor", "currency")
_BRANCH = ("merchant_id", "branch_id")

_ALL = (
    FactType(
        "enterprise.configured",
        EnterpriseConfigured,
        "enterprise",
        "setting",
        required=("name", "currency"),
        optional=("home_region", "time_zone", "badge", "erasure_policy"),
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
    FactType(
        "customer.registered",
        Registered,
        fold=fold_states.fold_registered,
        required=("name",),
        optional=("member_since",),
        personal=True,
        keeps=("member_since",),
    ),
    FactType("customer.verified", Verified, fold=fold_states.fold_verified),
    FactType("customer.disabled", Disabled, fold=fold_states.fold_disabled),
    FactType("customer.enabled", Enabled, fold=fold_states.fold_disabled),
    FactType(
        "provider_id.linked",
        ProviderIdLinked,
        combines="link",
        fold=fold_states.fold_provider_id,
        required=("provider_customer_id",),
        personal=True,
    ),
    FactType(
        "provider_id.unlinked",
        ProviderIdUnlinked,
        combines="link",
        fold=fold_states.fold_provider_id,
        required=("provider_customer_id",),
        personal=True,
    ),
    _money(
        "purchase.completed",
        Purchased,
        fold_money.fold_purchase,
        *_AMOUNT,
        "purchase_id",
        optional=("branch_id",),
        record="purchase",
    ),
    _money(
        "purchase.refunded", Refunded, fold_money.fold_refund, *_AMOUNT, "refund_id", "purchase_id", record="refund"
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
    _money(
        "promo.released",
        PromoClosed,
        fold_money.fold_grant_end,
        "grant_id",
        fixed={"released": True},
        combines="end",
        record="grant",
    ),
    _money(
        "promo.expired",
        PromoClosed,
        fold_money.fold_grant_end,
        "grant_id",
        fixed={"released": False},
        combines="end",
        record="grant",
    ),
    FactType(
        "preferences.updated",
        PreferencesUpdated,
        fold=fold_states.fold_preferences,
        required=("preferences",),
        personal=True,
    ),
    FactType("consent.updated", ConsentUpdated, fold=fold_states.fold_consent, required=("consent",), personal=True),
    FactType(
        "customer.corrected",
        Corrected,
        fold=fold_states.fold_corrected,
        optional=("name", "phone"),
        personal=True,
        own=True,
    ),
    FactType(
        "customer.merged",
        Merged,
        combines="merge",
        fold=fold_states.fold_merged,
        required=("absorbed_customer_id",),
        keeps=("absorbed_customer_id",),
        own=True,
    ),
)
FACT_TYPES: Mapping[str, FactType] = {each.name: each for each in _ALL}
"""By name."""
FOLDS: Mapping[type[Any], Fold] = {each.payload: each.fold for each in _ALL if each.fold}
"""By payload."""
_BY_PAYLOAD: Mapping[type[Any], FactType] = {each.payload: each for each in _ALL}
"""Types with one payload are treated alike; `tests/contract/facts/test_fact_types.py` checks it."""
_STATES = frozenset(each.payload for each in _ALL if each.combines == "state")
_MONEY = frozenset(each.payload for each in _ALL if each.money)


def is_state(payload: CustomerPayload) -> bool:
    """Whether the latest of several entries holds, so that their order matters."""
    return type(payload) in _STATES


def is_money(payload: CustomerPayload) -> bool:
    """Whether the books need it, so that it is applied even to a customer who has been erased."""
    return type(payload) in _MONEY


def record_of(payload: CustomerPayload, scope: str) -> str | None:
    """The key of the grant, purchase or refund that a payload creates or changes; None if it has none."""
    kind = _BY_PAYLOAD[type(payload)].record
    return scoped(kind, getattr(payload, f"{kind}_id"), scope) if kind else None
