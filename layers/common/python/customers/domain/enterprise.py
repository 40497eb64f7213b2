"""An enterprise: its settings, and whether a merchant and a branch belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

DEFAULT_ZONE = "UTC"
ErasurePolicy = Literal["block", "escalate"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The limits from which a customer has a badge. Spend is in minor units."""

    vip_visits_90d: int = 8
    vip_lifetime_spend_minor: int = 100_000
    regular_visits: int = 3


@dataclass(frozen=True, slots=True)
class CountingRules:
    """The settings that the stats of an enterprise depend on. A change of them counts everything again."""

    badge: Thresholds = field(default_factory=Thresholds)
    time_zone: str = DEFAULT_ZONE


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

    @property
    def counting(self) -> CountingRules:
        return CountingRules(self.badge, self.time_zone)

    @staticmethod
    def of(values: Mapping[str, Any]) -> Settings:
        """The inverse of `dataclasses.asdict`, for settings that were stored as JSON."""
        return Settings(**{**values, "badge": Thresholds(**values["badge"])})


@dataclass(frozen=True, slots=True)
class Scope:
    """What the registry knows about a token's enterprise, merchant and branch."""

    settings: Settings
    merchant_registered: bool
    branch_active: bool
    revoked_before: datetime | None = None
    """Tokens of the caller that were issued earlier are refused."""
