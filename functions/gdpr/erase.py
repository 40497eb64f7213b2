"""DELETE /customers/{id}: erase a person, by a hard delete or by anonymising."""

import time
from functools import partial

from customers.catalogue.data_subject_rights import ERASE
from customers.domain.customers.profile import Outcome
from customers.domain.customers.status import known
from customers.domain.erasure.plan import Erasure, plan
from customers.domain.facts.account import Account
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
"""By then every worker's cached copy has expired and the indexes have caught up, so the answer is true."""


def erase(call: WritingCall[EraseRequest], erasures: Erasures, preview_counts: PreviewCounts) -> Answer:
    account = known(erasures.account(call.enterprise, call.request.customer_id))
    planned = plan(account.profile, call.settings.erasure_policy)
    if call.request.dry_run:
        counts = preview_counts.count(call.enterprise, account.profile)
        return Answer(preview_data(account.profile, planned, counts))
    if planned.blockers and not planned.escalates:
        raise ValidationError("balance.spendable_minor", "; ".join(planned.blockers))
    waiting = erasures.waiting(call.enterprise, account.profile.customer_id)
    if planned.escalates:
        return _escalate(call, account, waiting, erasures)
    return _carry_out(call, account, waiting or _new_erasure(call, account), planned.outcome, erasures)


def _escalate(call: WritingCall[EraseRequest], account: Account, waiting: Erasure | None, erasures: Erasures) -> Answer:
    """The erasure waits until the money is settled. Later requests get the erasure that waits already."""
    erasure = waiting or _new_erasure(call, account)
    answer = Answer(erase_data(erasure), status=202)
    record = call.record(answer)
    if waiting:
        erasures.note(call.enterprise, call.idempotency_key, record)
    else:
        erasures.escalate(call.enterprise, account, erasure, call.idempotency_key, record)
    return answer


def _carry_out(
    call: WritingCall[EraseRequest], account: Account, erasure: Erasure, outcome: Outcome, erasures: Erasures
) -> Answer:
    done = erasure.carried_out(outcome, account.profile.state, call.now)
    answer = Answer(erase_data(done))
    erasures.erase(call.enterprise, account, done, call.idempotency_key, call.record(answer))
    time.sleep(FORGOTTEN_SECONDS)
    return answer


def _new_erasure(call: WritingCall[EraseRequest], account: Account) -> Erasure:
    profile = account.profile
    return Erasure(new_erasure_id(), profile.customer_id, profile.state, call.now, status="escalated")


def replayed(find: Find) -> Find:
    """A retry waits as long as the first request, which may not have been answered yet."""

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
