"""The facts about an enterprise and its branches."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from customers.domain.enterprise import (
    DEFAULT_SMS_PER_DAY,
    DEFAULT_ZONE,
    ErasurePolicy,
    Settings,
    Thresholds,
    UnmergePolicy,
)
from customers.domain.facts import fact
from customers.wire.facts.detail import EnterpriseDetail
from customers.wire.facts.examples import example
from customers.wire.facts.fields import BooksCurrency, BranchId, Instant, MerchantId, Model, Text, TimeZone

_DEFAULTS = Thresholds()
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
TokenName = Annotated[str, StringConstraints(pattern=r"^[!-\"$-~]{1,255}$")]


class BadgeThresholds(Model):
    """The thresholds of the badges. A missing threshold has its default."""

    vip_visits_90d: Annotated[int, Field(ge=1, description="Visits in 90 days.")] = _DEFAULTS.vip_visits_90d
    vip_lifetime_spend_minor: Annotated[int, Field(ge=1, description="Lifetime spend, in minor units.")] = (
        _DEFAULTS.vip_lifetime_spend_minor
    )
    regular_visits: Annotated[int, Field(ge=1, description="Visits in all.")] = _DEFAULTS.regular_visits


class EnterpriseConfigured(EnterpriseDetail, json_schema_extra=example("enterprise.configured")):
    """All settings of an enterprise; missing ones have defaults. Facts about its customers wait for this one."""

    name: Annotated[Text, Field(description="The enterprise's name.")]
    currency: BooksCurrency
    home_region: Region | None = Field(
        None, description="ISO 3166-1 alpha-2: the country of phone numbers without a country code."
    )
    time_zone: Annotated[
        TimeZone,
        Field(description="IANA, e.g. `Asia/Qatar`: the zone of the days of the stats. A change counts them again."),
    ] = DEFAULT_ZONE
    badge: Annotated[BadgeThresholds, Field(description="The thresholds of the badges.")] = BadgeThresholds()
    erasure_policy: Annotated[
        ErasurePolicy,
        Field(description="What to do with an erasure while money is left: refuse it (`block`) or wait (`escalate`)."),
    ] = "block"
    sms_countries: Annotated[
        list[Region] | None,
        Field(
            max_length=250,
            description="ISO 3166-1 alpha-2: the countries whose phone numbers may get an SMS. The default is the home "
            "region; without a home region, every country. An empty list: none.",
        ),
    ] = None
    sms_per_day: Annotated[
        int, Field(ge=0, le=1_000_000, description="The most SMS in a day (UTC), for all customers together.")
    ] = DEFAULT_SMS_PER_DAY

    unmerge_policy: Annotated[
        UnmergePolicy,
        Field(
            description="Whether an unmerge is refused if one of the two would owe money (`refuse`), or not (`owe`)."
        ),
    ] = "refuse"

    def payload(self) -> fact.EnterprisePayload:
        badge = Thresholds(**self.badge.model_dump())
        countries = None if self.sms_countries is None else tuple(sorted(set(self.sms_countries)))
        return fact.EnterpriseConfigured(
            Settings(
                self.name,
                self.currency,
                self.home_region,
                badge,
                self.erasure_policy,
                self.time_zone,
                countries,
                self.sms_per_day,
                self.unmerge_policy,
            )
        )


class BranchRegistered(EnterpriseDetail, json_schema_extra=example("branch.registered")):
    """A merchant opened a branch: its tills may call the API."""

    merchant_id: MerchantId
    branch_id: BranchId

    def payload(self) -> fact.EnterprisePayload:
        return fact.BranchChanged(self.merchant_id, self.branch_id, active=True)


class BranchDisabled(BranchRegistered, json_schema_extra=example("branch.disabled")):
    """A branch was disabled: within a minute its tills may no longer call the API."""

    def payload(self) -> fact.EnterprisePayload:
        return fact.BranchChanged(self.merchant_id, self.branch_id, active=False)


class AccessRevoked(EnterpriseDetail, json_schema_extra=example("access.revoked")):
    """From a minute later on, tokens are refused: all of a person, or one. Pass `subject` or `jti`."""

    issuer: Annotated[
        str, StringConstraints(pattern=r"^[!-\"$-~]{1,512}$"), Field(description="The `iss` of the tokens.")
    ]
    subject: Annotated[TokenName | None, Field(description="The `sub` of the person's tokens.")] = None
    jti: Annotated[TokenName | None, Field(description="The `jti` of the token.")] = None
    before: Annotated[
        Instant | None, Field(description="Tokens that were issued earlier are refused. The default is `occurred_at`.")
    ] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> AccessRevoked:
        if (self.subject is None) == (self.jti is None):
            raise ValueError("needs either subject or jti")
        return self

    def payload(self) -> fact.EnterprisePayload:
        return fact.AccessRevoked(self.issuer, self.subject, self.jti, self.before or self.occurred_at)
