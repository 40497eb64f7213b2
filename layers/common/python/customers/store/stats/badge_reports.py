"""Reports changes of badges: an event in the outbox for each, in the transaction that notes the new badge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from customers.domain.customers.activity import Activity
from customers.domain.customers.profile import Profile
from customers.domain.events.published import badge_changed
from customers.domain.stats.badge_changes import BadgeChange, NotedBadge, next_badge
from customers.domain.stats.contributions import Contributions
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.dynamodb.transactions import put
from customers.store.events.outbox import outbox_row
from customers.store.stats.badge_rows import days_in


def badge_now(
    noted: NotedBadge | None, figures: Contributions, profile: Profile | None, rules: CountingRules, now: datetime
) -> tuple[NotedBadge | None, list[BadgeChange]]:
    """The badge to note of a customer, and the changes to report. `figures` are those of the note."""
    return next_badge(noted, days_in(figures), _counted_activity(profile), rules, now)


def report_writes(table: str, change: CustomerRef, changes: Sequence[BadgeChange], now: datetime) -> list[Any]:
    """An outbox row for each change. They are published in their order."""
    enterprise, customer_id = change.enterprise, change.customer_id
    instants = (now + timedelta(microseconds=position) for position in range(len(changes)))
    events = [badge_changed(enterprise, customer_id, each, at) for each, at in zip(changes, instants, strict=True)]
    return [put(table, outbox_row(enterprise, customer_id, event)) for event in events]


def _counted_activity(profile: Profile | None) -> Activity | None:
    """The activity of a customer whom the badges count: not of a disabled, absorbed or erased one."""
    return profile.activity if profile and not profile.disabled and not profile.erased else None
