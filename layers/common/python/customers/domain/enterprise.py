"""The settings of an enterprise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from customers.domain.lean_dataclass import dataclass

DEFAULT_ZONE = "UTC"
DEFAULT_SMS_PER_DAY = 500
ErasurePolicy = Literal["block", "escalate"]
UnmergePolicy = Literal["refuse", "owe"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The limits from which a customer has a badge. Spend is in minor units."""

    vip_visits_90d: int = 8
    vip_lifetime_spend_minor: int = 100_000
    regular_visits: int = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an enterprise. `currency` is ISO 4217, `home_region` ISO 3166-1 alpha-2."""

    name: str
    currency: str
    home_region: str | None = None
    badge: Thresholds = field(default_factory=Thresholds)
    erasure_policy: ErasurePolicy = "block"
    time_zone: str = DEFAULT_ZONE
    """IANA; the days of the stats are its days."""
    sms_countries: tuple[str, ...] | None = None
    """ISO 3166-1 alpha-2. None if the enterprise did not say."""
    sms_per_day: int = DEFAULT_SMS_PER_DAY
    """The most SMS in a day (UTC)."""
    unmerge_policy: UnmergePolicy = "refuse"
    """Whether an unmerge may leave one of the two with a balance below 0."""

    @property
    def receives_sms(self) -> tuple[str, ...] | None:
        """The countries whose numbers may get an SMS: the home region unless told. None means every country."""
        if self.sms_countries is None and self.home_region:
            return (self.home_region,)
        return self.sms_countries

    @staticmethod
    def of(values: Mapping[str, Any]) -> Settings:
        """The inverse of `dataclasses.asdict`, for settings that were stored as JSON."""
        countries = values.get("sms_countries")
        return Settings(
            **{
                **values,
                "badge": Thresholds(**values["badge"]),
                "sms_countries": None if countries is None else tuple(countries),
            }
        )
