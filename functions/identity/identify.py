"""POST /identify: identify a customer without a session."""

from functools import partial

from customers.catalogue.identity import IDENTIFY
from customers.domain.customers.status import identify
from customers.edge.http.serve import Answer, Call, serve
from customers.store.customers.profiles import Profiles
from customers.wire.identity.identify import IdentifyRequest, customer_context


def identify_customer(call: Call[IdentifyRequest], profiles: Profiles) -> Answer:
    status, profile = identify(profiles.find(call.enterprise, call.request.address))
    context = customer_context(status, profile, call.settings, call.branch, call.now)
    return Answer(context, completeness=profile.completeness if profile else None)


handler = serve(IDENTIFY, partial(identify_customer, profiles=Profiles.connect()))
