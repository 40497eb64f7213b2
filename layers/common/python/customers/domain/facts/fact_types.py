"""Every type of fact, one descriptor each. `docs/add-a-fact-type.md` says what else a new type needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from customers.domain.facts import fold_money, fold_states
from customers.domain.facts.account import Account, scoped
from customers.domain.facts.fact import (
    BalanceMoved,
    BranchChanged,
    ConsentUpdated,
    Corrected,
    CustomerPayload,
    Disabled,
    Enabled,
    EnterpriseConfigured,
    EventOrder,
    Merged,
    PreferencesUpdated,
    PromoClosed,
    PromoGranted,
    ProviderIdLinked,
    Purchased,
    Refunded,
    Registered,
    Verified,
)

Fold = Callable[[Account, Any, EventOrder, str], Account]
"""The account after one more payload. The text is the scope: the id of an absorbed customer, or empty."""

BOOKS = ("amount_minor", "currency", "purchase_id", "refund_id", "grant_id", "branch_id", "expires_at")
"""What the books need of a fact about money."""


@dataclass(frozen=True, slots=True)
class FactType:
    """What the code needs to know of a type, apart from how its fields are checked and documented (`wire/facts`)."""

    name: str
    payload: type[Any]
    concerns: Literal["customer", "branch", "enterprise"] = "customer"
    combines: Literal["state", "sum", "end", "link", "merge", "setting"] = "state"
    """How several entries about one thing combine.

    Of a `state` and a `setting` the latest holds. A `sum` adds up. An `end` closes a grant, and the earliest holds. A
    `link` takes an id away from its former holder. A `merge` joins two accounts.
    """
    fold: Fold | None = None
    """How it changes a customer's account. None for facts about enterprises and branches."""
    required: tuple[str, ...] = ()
    """Its own fields in the ledger, in their order there."""
    optional: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Attributes of the payload that the type itself determines."""
    outgoing: bool = False
    """Whether the payload's amount is below 0. The fact says how much, the type says which way."""
    record: Literal["purchase", "refund", "grant"] | None = None
    """The kind of record that it creates or changes; its field `{record}_id` names that record."""
    money: bool = False
    """Whether the books need it. An erasure keeps it whole, and it is applied even after an erasure."""
    personal: bool = False
    """Whether it has fields about the person, which an erasure removes."""
    keeps: tuple[str, ...] = ()
    """The fields that an erasure keeps. It removes every other field."""
    own: bool = False
    """Whether only this system writes it, so that nobody can send it."""

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


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
        optional=("home_region", "badge", "erasure_policy"),
    ),
    FactType("branch.registered", BranchChanged, "branch", "setting", required=_BRANCH, fixed={"active": True}),
    FactType("branch.disabled", BranchChanged, "branch", "setting", required=_BRANCH, fixed={"active": False}),
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
_BY_PAYLOAD: Mapping[type[Any], FactType] = {each.payload: each for each in _ALL}
"""Types with one payload are treated alike; `tests/contract/test_fact_types.py` checks it."""
_STATES = frozenset(each.payload for each in _ALL if each.combines == "state")
_MONEY = frozenset(each.payload for each in _ALL if each.money)


def is_state(payload: CustomerPayload) -> bool:
    """Whether the latest of several entries holds, so that their order matters."""
    return type(payload) in _STATES


def is_money(payload: CustomerPayload) -> bool:
    """Whether the books need it, so that it is applied even to a customer who has been erased."""
    return type(payload) in _MONEY


def fold_of(payload: CustomerPayload) -> Fold:
    """How a payload changes an account."""
    fold = _BY_PAYLOAD[type(payload)].fold
    assert fold  # noqa: S101 - every type about a customer has one
    return fold


def record_of(payload: CustomerPayload, scope: str) -> str | None:
    """The key of the grant, purchase or refund that a payload creates or changes; None if it has none."""
    kind = _BY_PAYLOAD[type(payload)].record
    return scoped(kind, getattr(payload, f"{kind}_id"), scope) if kind else None
