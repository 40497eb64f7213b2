"""POST /customers/{id}/unmerge: set a customer free who was merged into another one."""

from functools import partial

from customers.catalogue.identity import UNMERGE
from customers.domain.customers.status import known
from customers.domain.facts.account import next_order
from customers.domain.identity.unmerge import leaving, separate
from customers.edge.http.serve import Answer
from customers.edge.http.writing import WritingCall, serve_writing
from customers.ids import new_unmerge_id
from customers.store.activity_log.log import ActivityLog
from customers.store.idempotency import IdempotencyRecords
from customers.store.identity.unmerges import Unmerges
from customers.wire.identity.unmerge import UnmergeRequest, unmerge_data


def unmerge(call: WritingCall[UnmergeRequest], unmerges: Unmerges) -> Answer:
    request, policy = call.request, call.settings.unmerge_policy
    whole = known(unmerges.find(call.enterprise, request.customer_id))
    gone = unmerges.leaving(call.enterprise, whole.profile.customer_id, leaving(whole, request.absorbed_id))
    order = next_order([whole.field_versions], call.now, new_unmerge_id())
    held = unmerges.holdings(call.enterprise, whole)
    separation = separate(whole, gone.freed, {each: stored.holdings for each, stored in held.items()}, order)
    data = unmerge_data(separation, request, call.settings, call.now, has_phone=gone.has_phone)
    answer = Answer(data, separation.rest.account.profile.completeness)
    if not request.validate_only:
        separation.require_possible(policy, has_phone=gone.has_phone)
        unmerges.unmerge(call.enterprise, whole, separation, gone, held, call.idempotency_key, call.record(answer))
    return answer


handler = serve_writing(
    UNMERGE,
    partial(unmerge, unmerges=Unmerges.connect()),
    IdempotencyRecords.connect().find,
    ActivityLog.connect().note,
)
