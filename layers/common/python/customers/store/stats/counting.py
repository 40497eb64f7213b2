"""The counting rules in an enterprise's row of settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.stats.counting_rules import CountingRules
from customers.store.registry_rows import settings_of


def counting_rules_in(row: Mapping[str, Any]) -> CountingRules:
    """The rules in a row of settings; the defaults where the row is empty."""
    return CountingRules.of(settings_of(row)) if row else CountingRules()
