"""GET /customers/{id}/duplicates: who may be the same person, with the evidence."""

from functools import partial

from customers.catalogue.duplicates import DUPLICATES
from customers.domain.customers.status import known
from customers.domain.search.duplicates import duplicates_of
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.customers.customers_by_id import CustomersById
from customers.store.duplicates import DuplicateFinder
from customers.wire.duplicates import duplicates_data
from customers.wire.identifiers.by_customer import ByCustomer


def duplicates(call: Call[ByCustomer], customers_by_id: CustomersById, finder: DuplicateFinder) -> Answer:
    subject = known(customers_by_id.find(call.enterprise, call.request.customer_id))
    suspects = finder.find(call.enterprise, subject)
    found, complete = duplicates_of(subject, suspects), suspects.complete
    return Answer(duplicates_data(subject.customer_id, found, call.settings, call.now, complete=complete))


finding = partial(duplicates, customers_by_id=CustomersById.connect(), finder=DuplicateFinder.connect())
handler = serve(DUPLICATES, finding, ActivityLog.connect().note)
