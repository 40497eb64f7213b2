"""Facts as they arrive on the bus: EventBridge events whose detail-type is the fact's type."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from customers.domain import facts
from customers.domain.address import Address, CustomerId, ProviderId
from customers.domain.enterprise import ErasurePolicy, Settings, Thresholds
from customers.domain.instants import parse_instant
from customers.domain.phone import MAX_TYPED, normalise
from customers.domain.profile import Scalar
from customers.domain.refusals import CannotApply, Invalid, MustWait
from customers.wire.lookup import MAX_PROVIDER_ID

MAX_FLAT_BYTES = 4096
"""Preferences and consent, as JSON."""
MAX_CLOCK_SKEW = timedelta(days=1)
_DEFAULTS = Thresholds()
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _read_instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("must be RFC 3339 text with a time zone")
    try:
        return parse_instant(value, "")
    except Invalid as refusal:
        raise ValueError(refusal.issue) from None


def _flat(value: dict[str, Scalar]) -> dict[str, Scalar]:
    if len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) > MAX_FLAT_BYTES:
        raise ValueError(f"must be at most {MAX_FLAT_BYTES} bytes of JSON")
    return value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be printable text")
    return value


Instant = Annotated[datetime, BeforeValidator(_read_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
FactId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
ProviderCustomerId = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_PROVIDER_ID), AfterValidator(_printable)
]
Minor = Annotated[int, Field(ge=0, le=10**15, description="Minor units of the currency.")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217.")]
FlatObject = Annotated[dict[str, Scalar], AfterValidator(_flat)]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class About(_Model):
    """Whom the fact is about; the first of the three that is given counts."""

    phone: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TYPED)] | None = None
    customer_id: Id | None = None
    provider_customer_id: ProviderCustomerId | None = None

    def address(self, home_region: str | None) -> Address:
        if self.phone is not None:
            return normalise(self.phone, home_region, "customer.phone")
        if self.customer_id is not None:
            return CustomerId(self.customer_id)
        if self.provider_customer_id is not None:
            return ProviderId(self.provider_customer_id)
        raise Invalid("customer", "must hold phone, customer_id or provider_customer_id")


class FactDetail(_Model):
    """What every fact carries."""

    fact_id: FactId
    enterprise_id: Id
    occurred_at: Instant


class EnterpriseDetail(FactDetail):
    def news(self) -> facts.EnterpriseNews:
        raise NotImplementedError


class CustomerDetail(FactDetail):
    customer: About

    def news(self) -> facts.CustomerNews:
        raise NotImplementedError


class BadgeThresholds(_Model):
    """Absent ones keep their defaults."""

    vip_visits_90d: Annotated[int, Field(ge=1)] = _DEFAULTS.vip_visits_90d
    vip_lifetime_spend_minor: Annotated[int, Field(ge=1)] = _DEFAULTS.vip_lifetime_spend_minor
    regular_visits: Annotated[int, Field(ge=1)] = _DEFAULTS.regular_visits


class EnterpriseConfigured(EnterpriseDetail):
    name: Text
    currency: Currency
    home_region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    badge: BadgeThresholds = BadgeThresholds()
    erasure_policy: ErasurePolicy = "block"

    def news(self) -> facts.EnterpriseNews:
        badge = Thresholds(**self.badge.model_dump())
        return facts.EnterpriseConfigured(
            Settings(self.name, self.currency, self.home_region, badge, self.erasure_policy)
        )


class BranchRegistered(EnterpriseDetail):
    merchant_id: Id
    branch_id: Id

    def news(self) -> facts.EnterpriseNews:
        return facts.BranchChanged(self.merchant_id, self.branch_id, active=True)


class BranchDisabled(BranchRegistered):
    def news(self) -> facts.EnterpriseNews:
        return facts.BranchChanged(self.merchant_id, self.branch_id, active=False)


class CustomerRegistered(CustomerDetail):
    name: Text
    member_since: Instant | None = None

    def news(self) -> facts.CustomerNews:
        return facts.Registered(self.name, self.member_since)


class CustomerVerified(CustomerDetail):
    def news(self) -> facts.CustomerNews:
        return facts.Verified()


class CustomerDisabled(CustomerDetail):
    def news(self) -> facts.CustomerNews:
        return facts.Disabled()


class CustomerEnabled(CustomerDetail):
    def news(self) -> facts.CustomerNews:
        return facts.Enabled()


class ProviderIdLinked(CustomerDetail):
    provider_customer_id: ProviderCustomerId

    def news(self) -> facts.CustomerNews:
        return facts.ProviderIdLinked(self.provider_customer_id)


class _Money(CustomerDetail):
    amount_minor: Minor
    currency: Currency


class PurchaseCompleted(_Money):
    purchase_id: FactId
    branch_id: Id | None = None

    def news(self) -> facts.CustomerNews:
        return facts.Purchased(self.purchase_id, self.amount_minor, self.currency, self.branch_id)


class PurchaseRefunded(_Money):
    refund_id: FactId
    purchase_id: FactId

    def news(self) -> facts.CustomerNews:
        return facts.Refunded(self.refund_id, self.purchase_id, self.amount_minor, self.currency)


class BalanceToppedUp(_Money):
    def news(self) -> facts.CustomerNews:
        return facts.BalanceMoved(self.amount_minor, self.currency)


class BalanceSpent(_Money):
    def news(self) -> facts.CustomerNews:
        return facts.BalanceMoved(-self.amount_minor, self.currency)


class PromoGranted(_Money):
    grant_id: FactId
    expires_at: Instant | None = None

    def news(self) -> facts.CustomerNews:
        return facts.PromoGranted(self.grant_id, self.amount_minor, self.currency, self.expires_at)


class PromoReleased(CustomerDetail):
    grant_id: FactId

    def news(self) -> facts.CustomerNews:
        return facts.PromoClosed(self.grant_id, released=True)


class PromoExpired(CustomerDetail):
    grant_id: FactId

    def news(self) -> facts.CustomerNews:
        return facts.PromoClosed(self.grant_id, released=False)


class PreferencesUpdated(CustomerDetail):
    preferences: FlatObject

    def news(self) -> facts.CustomerNews:
        return facts.PreferencesUpdated(self.preferences)


class ConsentUpdated(CustomerDetail):
    consent: FlatObject

    def news(self) -> facts.CustomerNews:
        return facts.ConsentUpdated(self.consent)


FACTS: dict[str, type[EnterpriseDetail] | type[CustomerDetail]] = {
    "enterprise.configured": EnterpriseConfigured,
    "branch.registered": BranchRegistered,
    "branch.disabled": BranchDisabled,
    "customer.registered": CustomerRegistered,
    "customer.verified": CustomerVerified,
    "customer.disabled": CustomerDisabled,
    "customer.enabled": CustomerEnabled,
    "provider_id.linked": ProviderIdLinked,
    "purchase.completed": PurchaseCompleted,
    "purchase.refunded": PurchaseRefunded,
    "balance.topped_up": BalanceToppedUp,
    "balance.spent": BalanceSpent,
    "balance.settled": BalanceSpent,
    "promo.granted": PromoGranted,
    "promo.released": PromoReleased,
    "promo.expired": PromoExpired,
    "preferences.updated": PreferencesUpdated,
    "consent.updated": ConsentUpdated,
}


class _Event(_Model):
    """What EventBridge puts around a detail."""

    type: str = Field(alias="detail-type")
    detail: dict[str, Any]


class Incoming:
    """A fact that has been read and is well formed. `fact` makes it the domain's, once the enterprise is known."""

    def __init__(self, kind: str, detail: EnterpriseDetail | CustomerDetail) -> None:
        self._kind = kind
        self._detail = detail

    @property
    def enterprise(self) -> str:
        return self._detail.enterprise_id

    def fact(self, settings: Settings | None) -> facts.Fact:
        """Raises `Invalid` where the phone cannot be one, `MustWait` where the enterprise is not configured yet."""
        detail = self._detail
        stamp = facts.Stamp(detail.occurred_at, detail.fact_id)
        if isinstance(detail, EnterpriseDetail):
            return facts.EnterpriseFact(detail.enterprise_id, stamp, self._kind, detail.news())
        if settings is None:
            raise MustWait("enterprise_id", "this enterprise has not been configured yet")
        return facts.CustomerFact(
            enterprise=detail.enterprise_id,
            books=settings.currency,
            stamp=stamp,
            type=self._kind,
            about=detail.customer.address(settings.home_region),
            news=detail.news(),
            detail=detail.model_dump_json(exclude={"customer", *FactDetail.model_fields}, exclude_none=True),
        )


def read_fact(body: str, now: datetime) -> Incoming:
    """Read one message of the fact queue. Raises `CannotApply` with the field to mend and no value in it."""
    try:
        event = _Event.model_validate_json(body)
        model = FACTS.get(event.type)
        if model is None:
            raise CannotApply("detail-type", f"is not one of {', '.join(FACTS)}")
        detail = model.model_validate_json(json.dumps(event.detail))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise CannotApply(_field(first["loc"]), first["msg"]) from None
    if not EPOCH <= detail.occurred_at <= now + MAX_CLOCK_SKEW:
        raise CannotApply("occurred_at", "lies before 1970 or in the future")
    return Incoming(event.type, detail)


def _field(location: tuple[int | str, ...]) -> str:
    """The field to mend. What lies inside a flat object is the sender's own naming, and may be personal."""
    depth = 2 if location[:1] in (("customer",), ("badge",)) else 1
    return ".".join(map(str, location[:depth])) or "body"


def fact_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of every fact's detail, by type."""
    return {kind: model.model_json_schema() for kind, model in FACTS.items()}
