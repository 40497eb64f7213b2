"""GET /customers/stats: the figures of an enterprise and its days."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from customers.catalogue.admin import STATS
from customers.domain.stats.enterprise_totals import Base, Sums, base_on
from customers.domain.time_zones import local_date
from customers.edge.http.serve import Answer, Call, serve
from customers.store.stats.enterprise_stats import EnterpriseStats
from customers.wire.stats.answer import stats_data
from customers.wire.stats.query import StatsQuery


def stats(call: Call[StatsQuery], sums: EnterpriseStats) -> Answer:
    enterprise, branch, today = call.enterprise, call.request.branch_id, local_date(call.now, call.settings.time_zone)
    period = call.request.period(today)
    days = sums.days(enterprise, period, branch)
    base, active = (None, {}) if branch else _customers(sums, enterprise, today, call.now)
    return Answer(stats_data(period, days, base, active, branch, call.settings, call.now))


def _customers(sums: EnterpriseStats, enterprise: str, today: date, now: datetime) -> tuple[Base, Mapping[date, Sums]]:
    """The enterprise's customers in figures, and its active customers by day, in four requests."""
    locked, days = sums.locked(enterprise, now), sums.customer_days(enterprise, today)
    return base_on(today, sums.totals(enterprise), days.badges, locked), days.active


handler = serve(STATS, partial(stats, sums=EnterpriseStats.connect()))
