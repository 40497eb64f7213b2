"""GET /customers/{phone}/badge-reason: explain the badge, and the gap to the next one."""

from functools import partial

from customers.catalogue.till.badge_reason import BADGE_REASON
from customers.domain.customers.status import identify
from customers.edge.http.serve import Answer, Call, serve
from customers.store.customers.profiles import Profiles
from customers.wire.customers.badge_reason import badge_answer
from customers.wire.identifiers.paths import ByPhone


def badge_reason(call: Call[ByPhone], profiles: Profiles) -> Answer:
    status, profile = identify(profiles.find(call.enterprise, call.request.phone))
    data = badge_answer(status, profile, call.settings, call.now)
    return Answer(data, completeness=profile.completeness if profile else None)


handler = serve(BADGE_REASON, partial(badge_reason, profiles=Profiles.connect()))
