"""GET /erasures/{id}: one erasure, with its receipt once it is done."""

from functools import partial

from customers.catalogue.data_subject_rights import ERASURE
from customers.domain.refusals import NotFound
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.erasure.register import ErasureRegister
from customers.wire.erasures import UNKNOWN, ErasureQuery, erasure_data


def erasure(call: Call[ErasureQuery], register: ErasureRegister) -> Answer:
    found = register.find(call.enterprise, call.request.erasure_id)
    if found is None:
        raise NotFound("id", UNKNOWN)
    return Answer(erasure_data(*found, call.now))


handler = serve(ERASURE, partial(erasure, register=ErasureRegister.connect()), ActivityLog.connect().note)
