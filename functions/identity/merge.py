"""POST /customers/{id}/merge: merge two records of one person."""

from functools import partial

from customers.catalogue.identity import MERGE
from customers.domain.customers.profile import Profile
from customers.domain.customers.status import known
from customers.domain.facts.account import Account, next_order
from customers.domain.facts.fact import LedgerEntry, Merged
from customers.domain.identity.merge import blockers, combine, require_mergeable, require_two
from customers.edge.http.serve import Answer
from customers.edge.http.writing import WritingCall, serve_writing
from customers.ids import new_merge_id
from customers.store.activity_log.log import ActivityLog
from customers.store.idempotency import IdempotencyRecords
from customers.store.identity.merges import Merges
from customers.wire.identity.merge import MergeRequest, merge_data


def merge(call: WritingCall[MergeRequest], merges: Merges) -> Answer:
    request = call.request
    survivor, absorbed = _both(call, merges)
    require_two(survivor.profile, absorbed.profile)
    order = next_order([survivor.field_versions, absorbed.field_versions], call.now, new_merge_id())
    after, reasons = combine(survivor, absorbed, order), blockers(survivor.profile, absorbed.profile)
    answer = _answer(call, after.profile, absorbed.profile, reasons)
    if not request.validate_only:
        require_mergeable(reasons)
        entry = LedgerEntry(order, "customer.merged", Merged(absorbed.profile.customer_id))
        merges.merge(call.enterprise, survivor, absorbed, after, entry, call.idempotency_key, call.record(answer))
    return answer


def _both(call: WritingCall[MergeRequest], merges: Merges) -> list[Account]:
    """The survivor, and the customer who is to be absorbed."""
    survivor = known(merges.find(call.enterprise, call.request.customer_id))
    absorbed = known(merges.find(call.enterprise, call.request.absorbed_id), "absorbed_customer_id")
    return merges.with_crossing(call.enterprise, survivor, absorbed)


def _answer(call: WritingCall[MergeRequest], after: Profile, absorbed: Profile, reasons: list[str]) -> Answer:
    preview = call.request.validate_only
    data = merge_data(after, absorbed.customer_id, reasons, call.settings, call.now, preview=preview)
    return Answer(data, after.completeness)


handler = serve_writing(
    MERGE, partial(merge, merges=Merges.connect()), IdempotencyRecords.connect().find, ActivityLog.connect().note
)
