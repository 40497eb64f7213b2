"""PATCH /customers/{id}: correct a mistyped name or phone."""

from functools import partial

from customers.catalogue.identity import CORRECT
from customers.domain.customers.status import known
from customers.domain.facts.account import next_order
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import Corrected, LedgerEntry
from customers.domain.facts.projection import fold
from customers.domain.identity.correction import corrected_fields, correction, to_verify
from customers.domain.identity.verification import Verification
from customers.edge.http.serve import Answer
from customers.edge.http.writing import WritingCall, serve_writing
from customers.ids import new_correction_id, new_verification_id
from customers.store.activity_log.log import ActivityLog
from customers.store.idempotency import IdempotencyRecords
from customers.store.identity.corrections import Corrections
from customers.wire.identity.correct import CorrectRequest, correct_data


def correct(call: WritingCall[CorrectRequest], corrections: Corrections) -> Answer:
    before = known(corrections.find(call.enterprise, call.request.customer_id))
    payload = correction(before.profile, call.request.name, call.request.phone)
    phone = to_verify(before.profile, call.request.phone, call.settings.receives_sms)
    if payload is None and phone is None:
        return Answer(correct_data(before.profile, [], None), before.profile.completeness)
    order = next_order([before.field_versions], call.now, new_correction_id())
    after = fold(before, payload, order) if payload else before
    requested = Verification(new_verification_id(), phone, order.occurred_at) if phone else None
    answer = Answer(correct_data(after.profile, corrected_fields(payload), requested), after.profile.completeness)
    own = (call.idempotency_key, call.record(answer), call.settings.sms_per_day)
    corrections.correct(call.enterprise, before, after, _entry(order, payload), requested, *own)
    return answer


def _entry(order: EventOrder, payload: Corrected | None) -> LedgerEntry | None:
    return LedgerEntry(order, "customer.corrected", payload) if payload else None


handler = serve_writing(
    CORRECT,
    partial(correct, corrections=Corrections.connect()),
    IdempotencyRecords.connect().find,
    ActivityLog.connect().note,
)
