"""One model per type of fact about a customer, and the table of all models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from customers.wire.facts.detail import CustomerDetail, EnterpriseDetail, FactDetail
from customers.wire.facts.enterprise_facts import BranchDisabled, BranchRegistered, EnterpriseConfigured
from customers.wire.facts.examples import example
from customers.wire.facts.fields import (
    BranchId,
    Currency,
    FlatObject,
    GrantId,
    Instant,
    Minor,
    ProviderCustomerId,
    PurchaseId,
    RefundId,
    Text,
)

__all__ = ["FACTS", "CustomerDetail", "EnterpriseDetail", "FactDetail"]


class CustomerRegistered(CustomerDetail, json_schema_extra=example("customer.registered")):
    """The customer gave a name: as a new member, or anew."""

    name: Annotated[Text, Field(description="The name, in one line.")]
    member_since: Instant | None = Field(
        None, description="Since when a member. Where no fact says so: since the first registration."
    )


class CustomerVerified(CustomerDetail, json_schema_extra=example("customer.verified")):
    """The customer has proven that the phone is their own: `PENDING_PROOF` becomes `VERIFIED`."""


class CustomerDisabled(CustomerDetail, json_schema_extra=example("customer.disabled")):
    """The customer is shut off: a lookup answers as for a stranger, until `customer.enabled`."""


class CustomerEnabled(CustomerDetail, json_schema_extra=example("customer.enabled")):
    """The customer is no longer shut off, and is in the state of before."""


class ProviderIdLinked(CustomerDetail, json_schema_extra=example("provider_id.linked")):
    """The POS provider's id is this customer's from then on. A later link gives it to another one."""

    provider_customer_id: Annotated[ProviderCustomerId, Field(description="The POS provider's own id.")]


class ProviderIdUnlinked(CustomerDetail, json_schema_extra=example("provider_id.unlinked")):
    """The id was linked to this customer by mistake: those links are void. A card that changes hands is linked anew."""

    provider_customer_id: Annotated[ProviderCustomerId, Field(description="The POS provider's own id.")]


class _Money(CustomerDetail):
    amount_minor: Minor
    currency: Currency


class PurchaseCompleted(_Money, json_schema_extra=example("purchase.completed")):
    """A purchase was paid: one visit, and spend. The balance stays: what was paid from it is `balance.spent`."""

    purchase_id: PurchaseId
    branch_id: BranchId | None = Field(None, description="Where it was paid.")


class PurchaseRefunded(_Money, json_schema_extra=example("purchase.refunded")):
    """Some or all of a purchase was paid back: less spend, and no visit. The balance stays."""

    refund_id: RefundId
    purchase_id: Annotated[PurchaseId, Field(description="The purchase that it is of, known already or not.")]


class BalanceToppedUp(_Money, json_schema_extra=example("balance.topped_up")):
    """Money came onto the balance."""


class BalanceSpent(_Money, json_schema_extra=example("balance.spent")):
    """Money of the balance was spent. It may be told before the top-up that it was spent from."""


class BalanceSettled(BalanceSpent, json_schema_extra=example("balance.settled")):
    """Money left the balance by settlement; it counts like money that was spent."""


class PromoGranted(_Money, json_schema_extra=example("promo.granted")):
    """Money was granted. It is locked until `promo.released` or `promo.expired`."""

    grant_id: GrantId
    expires_at: Instant | None = Field(
        None, description="When it is due to end; left out, never. `promo.expired` tells that it has ended."
    )


class PromoReleased(CustomerDetail, json_schema_extra=example("promo.released")):
    """A grant's money becomes spendable. It waits for its grant; of a grant's ends the earliest holds."""

    grant_id: Annotated[GrantId, Field(description="The grant that has ended.")]


class PromoExpired(CustomerDetail, json_schema_extra=example("promo.expired")):
    """A grant's money is gone. It waits for its grant; of a grant's ends the earliest holds."""

    grant_id: Annotated[GrantId, Field(description="The grant that has ended.")]


class PreferencesUpdated(CustomerDetail, json_schema_extra=example("preferences.updated")):
    """All preferences of the customer, in the place of those of before."""

    preferences: FlatObject


class ConsentUpdated(CustomerDetail, json_schema_extra=example("consent.updated")):
    """All that the customer consents to, in the place of what was before."""

    consent: FlatObject


FACTS: dict[str, type[EnterpriseDetail] | type[CustomerDetail]] = {
    "enterprise.configured": EnterpriseConfigured,
    "branch.registered": BranchRegistered,
    "branch.disabled": BranchDisabled,
    "customer.registered": CustomerRegistered,
    "customer.verified": CustomerVerified,
    "customer.disabled": CustomerDisabled,
    "customer.enabled": CustomerEnabled,
    "provider_id.linked": ProviderIdLinked,
    "provider_id.unlinked": ProviderIdUnlinked,
    "purchase.completed": PurchaseCompleted,
    "purchase.refunded": PurchaseRefunded,
    "balance.topped_up": BalanceToppedUp,
    "balance.spent": BalanceSpent,
    "balance.settled": BalanceSettled,
    "promo.granted": PromoGranted,
    "promo.released": PromoReleased,
    "promo.expired": PromoExpired,
    "preferences.updated": PreferencesUpdated,
    "consent.updated": ConsentUpdated,
}
