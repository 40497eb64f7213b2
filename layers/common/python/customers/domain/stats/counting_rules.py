"""The settings that the stats of an enterprise depend on."""

from __future__ import annotations

from dataclasses import dataclass, field

from customers.domain.enterprise import DEFAULT_ZONE, Settings, Thresholds


@dataclass(frozen=True, slots=True)
class CountingRules:
    """A change of them counts everything again."""

    badge: Thresholds = field(default_factory=Thresholds)
    time_zone: str = DEFAULT_ZONE

    @staticmethod
    def of(settings: Settings) -> CountingRules:
        return CountingRules(settings.badge, settings.time_zone)
