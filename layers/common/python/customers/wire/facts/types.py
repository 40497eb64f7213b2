"""One model for each type of fact about a customer, and the table of all models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from customers.wire.facts.detail import CustomerDetail, EnterpriseDetail, FactDetail
from customers.wire.facts.enterprise_facts import AccessRevoked, BranchDisabled, BranchRegistered, EnterpriseConfigured
from customers.wire.facts.examples import example
from customers.wire.facts.fields import (
    BranchId,
    Consent,
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
from customers.wire.facts.imported import CustomerImported

__all__ = ["FACTS", "CustomerDetail", "EnterpriseDetail", "FactDetail"]


class CustomerRegistered(CustomerDetail, json_schema_extra=example("customer.registered")):
    """The customer gave a name, as a new member or as a change."""

    name: Annotated[Text, Field(description="The name, in one line, with at least one character that can be seen.")]
    member_since: Instant | None = Field(
        None, description="When the customer became a member. Without any such fact: the first registration."
    )


class CustomerVerified(CustomerDetail, json_schema_extra=example("customer.verified")):
    """The customer proved that the phone is theirs: `PENDING_PROOF` becomes `VERIFIED`."""


class CustomerDisabled(CustomerDetail, json_schema_extra=example("customer.disabled")):
    """The customer was disabled: a lookup answers `not_found` until `customer.enabled`."""


class CustomerEnabled(CustomerDetail, json_schema_extra=example("customer.enabled")):
    """The customer is no longer disabled and returns to the earlier state."""


class ProviderIdLinked(CustomerDetail, json_schema_extra=example("provider_id.linked")):
    """The POS provider's id belongs to this customer from then on. A later link can give it to another customer."""

    provider_customer_id: Annotated[ProviderCustomerId, Field(description="The POS provider's own id.")]


class ProviderIdUnlinked(CustomerDetail, json_schema_extra=example("provider_id.unlinked")):
    """The id was linked to this customer by mistake. It voids earlier links. Link a card that changes hands again."""

    provider_customer_id: Annotated[ProviderCustomerId, Field(description="The POS provider's own id.")]


class _Money(CustomerDetail):
    amount_minor: Minor
    currency: Currency


class PurchaseCompleted(_Money, json_schema_extra=example("purchase.completed")):
    """A purchase was paid: one visit, and spend. It does not change the balance: `balance.spent` does."""

    purchase_id: PurchaseId
    branch_id: BranchId | None = Field(None, description="The branch where it was paid.")


class PurchaseRefunded(_Money, json_schema_extra=example("purchase.refunded")):
    """All or part of a purchase was refunded: less spend, no visit. It does not change the balance."""

    refund_id: RefundId
    purchase_id: Annotated[PurchaseId, Field(description="The refunded purchase. Its own fact may arrive later.")]


class BalanceToppedUp(_Money, json_schema_extra=example("balance.topped_up")):
    """Money was added to the balance."""


class BalanceSpent(_Money, json_schema_extra=example("balance.spent")):
    """Money was spent from the balance. This fact may arrive before the top-up that paid for it."""


class BalanceSettled(BalanceSpent, json_schema_extra=example("balance.settled")):
    """Money left the balance by settlement. It counts like `balance.spent`."""


class PromoGranted(_Money, json_schema_extra=example("promo.granted")):
    """Promotional money was granted. It stays locked until `promo.released`, `promo.expired` or its `expires_at`."""

    grant_id: GrantId
    expires_at: Instant | None = Field(
        None,
        description="When the grant expires by itself, to the second; leave it out for never. A later statement with "
        "a later end opens the grant again.",
    )


class PromoReleased(CustomerDetail, json_schema_extra=example("promo.released")):
    """A grant's money became spendable. The fact waits for its grant. Of several ends, `expires_at` included, the
    earliest counts: a release from that instant on is refused, an earlier one still counts."""

    grant_id: Annotated[GrantId, Field(description="The grant that ended.")]


class PromoExpired(CustomerDetail, json_schema_extra=example("promo.expired")):
    """A grant's money expired. The fact waits for its grant. Of several ends, the earliest counts."""

    grant_id: Annotated[GrantId, Field(description="The grant that ended.")]


class PreferencesUpdated(CustomerDetail, json_schema_extra=example("preferences.updated")):
    """All preferences of the customer. They replace the earlier ones."""

    preferences: FlatObject


class ConsentUpdated(CustomerDetail, json_schema_extra=example("consent.updated")):
    """All consents of the customer, by purpose. They replace the earlier ones."""

    consent: Consent


FACTS: dict[str, type[EnterpriseDetail] | type[CustomerDetail]] = {
    "enterprise.configured": EnterpriseConfigured,
    "branch.registered": BranchRegistered,
    "branch.disabled": BranchDisabled,
    "access.revoked": AccessRevoked,
    "customer.imported": CustomerImported,
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
