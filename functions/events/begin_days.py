"""Runs every quarter of an hour: where a day of an enterprise has begun, the badges that time changes are looked at."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from customers.domain.stats.customer_refs import Due
from customers.domain.stats.day_turns import day_to_look_at
from customers.edge.log import log_done
from customers.store.aws.queues import ChangeQueue
from customers.store.registry import Registry


def begin_days(_event: Mapping[str, Any], _context: object, *, registry: Registry, again: ChangeQueue) -> None:
    """It only sends messages. If it is stopped, the next run sends them again: no harm done."""
    started, now = time.perf_counter(), datetime.now(UTC)
    days = {each: day_to_look_at(now, settings.time_zone) for each, settings in registry.enterprises()}
    due = [Due(enterprise, day.isoformat()) for enterprise, day in days.items() if day]
    again.keep(due)
    log_done("beginning_days", "begin_days", 0, started, enterprises=len(days), begun=len(due))


handler = partial(begin_days, registry=Registry.connect(), again=ChangeQueue.connect())
