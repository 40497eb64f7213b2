"""The model of what another system held of a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from customers.domain.customers.visits import MOST_EXACT
from customers.domain.facts.account import MAX_PROVIDER_IDS
from customers.domain.facts.imported import ImportedGrant
from customers.wire.facts.detail import CustomerDetail
from customers.wire.facts.examples import example
from customers.wire.facts.fields import (
    Consent,
    Currency,
    FlatObject,
    GrantId,
    Instant,
    Minor,
    Model,
    ProviderCustomerId,
    Source,
    Text,
)

MOST_GRANTS = 50
"""Each is a row more to write in the import's transaction."""


class OpenGrant(Model):
    """A grant that was open in the other system."""

    grant_id: GrantId
    amount_minor: Minor
    expires_at: Annotated[Instant | None, Field(description="When the grant expires by itself.")] = None


def _each_once(grants: list[OpenGrant]) -> list[OpenGrant]:
    if len({each.grant_id for each in grants}) < len(grants):
        raise ValueError("holds one grant_id twice")
    return sorted(grants, key=lambda each: each.grant_id)


def _sorted_once(ids: list[str]) -> list[str]:
    return sorted(set(ids))


class CustomerImported(CustomerDetail, json_schema_extra=example("customer.imported")):
    """What another system (`source`) held of the customer, in one fact. The sums of several sources add up. One import
    for each customer and source: another one is refused. A fact whose sums are in these figures says `included_in`."""

    source: Annotated[Source, Field(description="The name of the other system.")]
    currency: Annotated[
        Currency | None, Field(description="The currency of all amounts. If you send it, it is checked.")
    ] = None
    name: Annotated[Text | None, Field(description="The name, in one line.")] = None
    verified: Annotated[bool | None, Field(description="`true` if the customer proved that the phone is theirs.")] = (
        None
    )
    member_since: Annotated[Instant | None, Field(description="When the customer became a member.")] = None
    spendable_minor: Annotated[Minor | None, Field(description="The balance, in minor units.")] = None
    grants: Annotated[
        list[OpenGrant] | None,
        AfterValidator(lambda grants: grants and _each_once(grants)),
        Field(max_length=MOST_GRANTS, description="The promotional grants that are still open, as `promo.granted`."),
    ] = None
    lifetime_spend_minor: Annotated[Minor | None, Field(description="Lifetime spend, net of refunds.")] = None
    visit_count: Annotated[
        int | None, Field(ge=0, le=10**9, description="All visits. The default is the number of `visits`.")
    ] = None
    last_visit_at: Annotated[
        Instant | None,
        Field(description="The last visit. It counts as one of `visits`, also if it is not listed there."),
    ] = None
    visits: Annotated[
        list[Instant] | None,
        AfterValidator(lambda visits: visits and sorted(visits)),
        Field(max_length=MOST_EXACT, description="The visits of the last 90 days. `visit_count` counts them too."),
    ] = None
    preferences: Annotated[FlatObject | None, Field(description="All preferences, as `preferences.updated`.")] = None
    consent: Annotated[Consent | None, Field(description="All consents, as `consent.updated`.")] = None
    provider_customer_ids: Annotated[
        list[ProviderCustomerId] | None,
        AfterValidator(lambda ids: ids and _sorted_once(ids)),
        Field(
            max_length=MAX_PROVIDER_IDS, description="The POS provider's ids. Each counts as a `provider_id.linked`."
        ),
    ] = None

    @model_validator(mode="after")
    def _is_consistent(self) -> CustomerImported:
        if self.included_in is not None:
            raise ValueError("included_in: an import is not included in another one")
        visits = [*(self.visits or []), *([self.last_visit_at] if self.last_visit_at else [])]
        if any(at > self.occurred_at for at in visits):
            raise ValueError("visits: no visit may be later than occurred_at")
        if self.visit_count is not None and self.visit_count < _known(self.visits or [], self.last_visit_at):
            raise ValueError("visit_count: must be at least the number of visits")
        return self

    def own(self, names: Collection[str]) -> Mapping[str, Any]:
        lists = {
            "grants": self.grants and tuple(ImportedGrant(**dict(each)) for each in self.grants),
            "visits": self.visits and tuple(self.visits),
            "provider_customer_ids": self.provider_customer_ids and tuple(self.provider_customer_ids),
        }
        return {**super().own(names), **{name: value or None for name, value in lists.items()}}


def _known(visits: list[datetime], last: datetime | None) -> int:
    return len(visits) + (last is not None and last not in visits)
