"""DELETE /customers/{id}: erase a person, by a hard delete or by anonymising."""

from functools import partial

from customers.catalogue.data_subject_rights import ERASE
from customers.domain.customers.profile import Outcome
from customers.domain.customers.status import known
from customers.domain.erasure.plan import Erasure, Plan, plan
from customers.domain.facts.account import Account
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.refusals import ValidationError
from customers.edge.http.serve import Answer
from customers.edge.http.writing import Find, WritingCall, serve_writing
from customers.ids import new_erasure_id
from customers.store.activity_log.log import ActivityLog
from customers.store.erasure.erasures import Erasures
from customers.store.erasure.preview_counts import PreviewCounts
from customers.store.export.export_files import ExportFiles
from customers.store.idempotency import IdempotencyRecords
from customers.wire.erasure import EraseRequest, erase_data, preview_data


def erase(
    call: WritingCall[EraseRequest], erasures: Erasures, preview_counts: PreviewCounts, files: ExportFiles
) -> Answer:
    account = known(erasures.account(call.enterprise, call.request.customer_id))
    planned = _plan(call, account, erasures)
    if call.request.dry_run:
        counts = preview_counts.count(call.enterprise, account.profile, call.now)
        return Answer(preview_data(account.profile, planned, counts))
    if planned.blockers and not planned.escalates:
        raise ValidationError("balance.spendable_minor", "; ".join(planned.blockers))
    waiting = erasures.waiting.find(call.enterprise, account.profile.customer_id)
    if planned.escalates:
        return _escalate(call, account, waiting, erasures)
    return _carry_out(call, account, waiting, planned.outcome, erasures, files)


def _plan(call: WritingCall[EraseRequest], account: Account, erasures: Erasures) -> Plan:
    has_books = erasures.has_books(call.enterprise, account.profile)
    return plan(account.profile, call.settings.erasure_policy, has_books=has_books)


def _escalate(call: WritingCall[EraseRequest], account: Account, waiting: Erasure | None, erasures: Erasures) -> Answer:
    """The erasure waits until the money is settled. Later requests get the erasure that waits already."""
    erasure = waiting or _new_erasure(call, account)
    answer = Answer(erase_data(erasure), status=202)
    record = call.record(answer)
    if waiting:
        erasures.waiting.note(call.enterprise, account, call.idempotency_key, record)
    else:
        erasures.waiting.begin(call.enterprise, account, erasure, call.idempotency_key, record)
    return answer


def _carry_out(
    call: WritingCall[EraseRequest],
    account: Account,
    waiting: Erasure | None,
    outcome: Outcome,
    erasures: Erasures,
    files: ExportFiles,
) -> Answer:
    """From the commit on there are no new links to exports, and from the answer on the earlier ones lead nowhere."""
    profile, erasure = account.profile, waiting or _new_erasure(call, account)
    done, absorbed = erasure.carried_out(outcome, profile.state, call.now), erasures.absorbed(call.enterprise, profile)
    answer = Answer(erase_data(done))
    erasures.erase(call.enterprise, account, done, call.idempotency_key, call.record(answer))
    files.remove_all(call.enterprise, (profile.customer_id, *absorbed))
    return answer


def _new_erasure(call: WritingCall[EraseRequest], account: Account) -> Erasure:
    profile = account.profile
    return Erasure(new_erasure_id(), profile.customer_id, profile.state, call.now, status="escalated")


def replayed(find: Find, erasures: Erasures, files: ExportFiles) -> Find:
    """A retry removes the files too: the first request may have ended before it did."""

    def found(enterprise: str, idempotency_key: IdempotencyKey) -> IdempotencyRecord | None:
        record = find(enterprise, idempotency_key)
        if record and record.status == 200:
            erasure_id, customer_id = record.data["erasure_id"], record.data["customer_id"]
            files.remove_all(enterprise, erasures.erased_ids(enterprise, erasure_id, customer_id))
        return record

    return found


erasures, files = Erasures.connect(), ExportFiles.connect()
handler = serve_writing(
    ERASE,
    partial(erase, erasures=erasures, preview_counts=PreviewCounts.connect(), files=files),
    replayed(IdempotencyRecords.connect().find, erasures, files),
    ActivityLog.connect().note,
)
