"""Settings of enterprises, kept in the process for a minute.

Every fact needs the settings of its enterprise, which hardly ever change. A setting that changed counts within a
minute; one that this process has applied itself counts at once. That an enterprise is not configured is never kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from customers.domain.enterprise import Settings
from customers.domain.facts.fact import EnterpriseFact
from customers.store.registry import Registry
from customers.store.registry_facts import Posted

SECONDS = 60
"""How long settings are kept after they were read."""


class KeptSettings:
    """Reads the registry, and applies facts to it. `clock` gives seconds (epoch)."""

    def __init__(self, registry: Registry, clock: Callable[[], float] = time.time) -> None:
        self._registry = registry
        self._clock = clock
        self._kept: dict[str, tuple[Settings, float]] = {}

    @classmethod
    def connect(cls) -> KeptSettings:
        """The table named by `ENTERPRISES_TABLE`."""
        return cls(Registry.connect())

    def of(self, enterprise: str) -> Settings | None:
        """None where the enterprise has not been configured. Raises `Unavailable`."""
        now = self._clock()
        settings, since = self._kept.get(enterprise, (None, 0.0))
        # A clock that was set back keeps nothing for longer.
        if settings is None or not 0 <= now - since < SECONDS:
            settings = self._registry.settings(enterprise)
            if settings is not None:
                self._kept[enterprise] = settings, now
        return settings

    def post(self, fact: EnterpriseFact) -> Posted:
        """Apply a fact, as `Registry.post` does. The settings are read again at their next use."""
        try:
            return self._registry.post(fact)
        finally:
            self._kept.pop(fact.enterprise, None)
