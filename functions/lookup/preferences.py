"""GET /customers/{phone}/preferences: the stored preferences."""

from functools import partial

from customers.catalogue.till.preferences import PREFERENCES
from customers.domain.customers.status import identify
from customers.edge.http.serve import Answer, Call, serve
from customers.store.customers.profiles import Profiles
from customers.wire.customers.preferences import preferences_data
from customers.wire.identifiers.paths import ByPhone


def preferences(call: Call[ByPhone], profiles: Profiles) -> Answer:
    status, profile = identify(profiles.find(call.enterprise, call.request.phone))
    data = preferences_data(status, profile, call.now)
    return Answer(data, completeness=profile.completeness if profile else None)


handler = serve(PREFERENCES, partial(preferences, profiles=Profiles.connect()))
