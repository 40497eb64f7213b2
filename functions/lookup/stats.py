"""GET /customers/stats: the figures of an enterprise and its days."""

from functools import partial

from customers.catalogue.admin import STATS
from customers.domain.stats.enterprise_totals import base_on
from customers.edge.http.serve import Answer, Call, serve
from customers.store.stats.enterprise_stats import EnterpriseStats
from customers.wire.stats.answer import stats_data
from customers.wire.stats.query import StatsQuery


def stats(call: Call[StatsQuery], sums: EnterpriseStats) -> Answer:
    enterprise, branch, today = call.enterprise, call.request.branch_id, call.now.date()
    period = call.request.period(today)
    days = sums.days(enterprise, period, branch)
    base = None if branch else base_on(today, sums.totals(enterprise), sums.badge_days(enterprise, today))
    return Answer(stats_data(period, days, base, branch, call.settings.currency, call.now))


handler = serve(STATS, partial(stats, sums=EnterpriseStats.connect()))
