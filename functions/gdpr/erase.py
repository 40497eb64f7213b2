"""DELETE /customers/{id}: a person is erased, in the way that what they were calls for."""

import time
from functools import partial

from customers.catalogue.data_subject_rights import ERASE
from customers.domain.customers.status import known
from customers.domain.erasure.plan import Erasure, plan
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.refusals import ValidationError
from customers.edge.http.serve import Answer
from customers.edge.http.writing import Find, WritingCall, serve_writing
from customers.ids import new_erasure_id
from customers.store.activity_log.log import ActivityLog
from customers.store.erasure.erasures import Erasures
from customers.store.erasure.preview_counts import PreviewCounts
from customers.store.idempotency import IdempotencyRecords
from customers.wire.customers.summary import MAX_AGE
from customers.wire.erasure import EraseRequest, erase_data, preview_data

FORGOTTEN_SECONDS = MAX_AGE.seconds + 1
"""After so many no worker shows a copy that it read before the commit, and no index is behind: then it is answered."""


def erase(call: WritingCall[EraseRequest], erasures: Erasures, preview_counts: PreviewCounts) -> Answer:
    account = known(erasures.account(call.enterprise, call.request.customer_id))
    profile = account.profile
    planned = plan(profile, call.settings.erasure_policy)
    if call.request.dry_run:
        return Answer(preview_data(profile, planned, preview_counts.count(call.enterprise, profile)))
    if planned.blockers and not planned.escalates:
        raise ValidationError("balance.spendable_minor", "; ".join(planned.blockers))
    waiting = erasures.waiting(call.enterprise, profile.customer_id)
    asked = waiting or Erasure(new_erasure_id(), profile.customer_id, profile.state, call.now, status="escalated")
    if planned.escalates:
        answer = Answer(erase_data(asked), status=202)
        if waiting:
            erasures.note(call.enterprise, call.idempotency_key, call.record(answer))
        else:
            erasures.escalate(call.enterprise, account, asked, call.idempotency_key, call.record(answer))
        return answer
    done = asked.carried_out(planned.outcome, profile.state, call.now)
    answer = Answer(erase_data(done))
    erasures.erase(call.enterprise, account, done, call.idempotency_key, call.record(answer))
    time.sleep(FORGOTTEN_SECONDS)
    return answer


def replayed(find: Find) -> Find:
    """A retry that comes soon waits as long as the first one did, who may not have been answered."""

    def found(enterprise: str, idempotency_key: IdempotencyKey) -> IdempotencyRecord | None:
        record = find(enterprise, idempotency_key)
        if record and record.status == 200:
            time.sleep(FORGOTTEN_SECONDS)
        return record

    return found


handler = serve_writing(
    ERASE,
    partial(erase, erasures=Erasures.connect(), preview_counts=PreviewCounts.connect()),
    replayed(IdempotencyRecords.connect().find),
    ActivityLog.connect().note,
)
