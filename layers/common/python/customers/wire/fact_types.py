"""The facts, one model per type: what its detail holds, and the news that it is to the domain."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from customers.domain import facts
from customers.domain.enterprise import ErasurePolicy, Settings, Thresholds
from customers.wire.fields import (
    About,
    Currency,
    FactId,
    FlatObject,
    Id,
    Instant,
    Minor,
    Model,
    ProviderCustomerId,
    Text,
)

_DEFAULTS = Thresholds()


class FactDetail(Model):
    """What every fact carries."""

    fact_id: FactId
    enterprise_id: Id
    occurred_at: Instant

    def stamp(self) -> facts.Stamp:
        return facts.Stamp(self.occurred_at, self.fact_id)


class EnterpriseDetail(FactDetail):
    def news(self) -> facts.EnterpriseNews:
        raise NotImplementedError


class CustomerDetail(FactDetail):
    customer: About

    def news(self) -> facts.CustomerNews:
        raise NotImplementedError


class BadgeThresholds(Model):
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
