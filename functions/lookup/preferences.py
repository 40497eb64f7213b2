"""GET /customers/{phone}/preferences: what a customer likes."""

from functools import partial

from customers.catalogue.counter import PREFERENCES
from customers.domain.identity import identify
from customers.edge.serve import Answer, Call, serve
from customers.store.profiles import Profiles
from customers.wire.paths import ByPhone
from customers.wire.preferences import preferences_data


def preferences(call: Call[ByPhone], profiles: Profiles) -> Answer:
    status, profile = identify(profiles.find(call.enterprise, call.request.phone))
    data = preferences_data(status, profile, call.now)
    return Answer(data, completeness=profile.completeness if profile else None)


handler = serve(PREFERENCES, partial(preferences, profiles=Profiles.connect()))
