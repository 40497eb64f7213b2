"""POST /customers/{id}/duplicates: say that two customers are not the same person."""

from functools import partial

from customers.catalogue.duplicates import NOT_THE_SAME
from customers.domain.customers.status import known
from customers.domain.refusals import ValidationError
from customers.edge.http.serve import Answer
from customers.edge.http.writing import WritingCall, serve_writing
from customers.store.activity_log.log import ActivityLog
from customers.store.customers.customers_by_id import CustomersById
from customers.store.idempotency import IdempotencyRecords
from customers.store.identity.distinctions import Distinctions
from customers.wire.duplicates import NotTheSameRequest, not_the_same_data


def not_the_same(
    call: WritingCall[NotTheSameRequest], customers_by_id: CustomersById, distinctions: Distinctions
) -> Answer:
    one = known(customers_by_id.find(call.enterprise, call.request.customer_id))
    other = known(customers_by_id.find(call.enterprise, call.request.other_id), "other_customer_id")
    if one.customer_id == other.customer_id:
        raise ValidationError("other_customer_id", "resolves to the same customer as the path")
    answer = Answer(not_the_same_data(one.customer_id, other.customer_id, call.now))
    pair = (one.customer_id, other.customer_id)
    distinctions.say(call.enterprise, pair, call.idempotency_key, call.record(answer))
    return answer


saying = partial(not_the_same, customers_by_id=CustomersById.connect(), distinctions=Distinctions.connect())
handler = serve_writing(NOT_THE_SAME, saying, IdempotencyRecords.connect().find, ActivityLog.connect().note)
