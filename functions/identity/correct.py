"""PATCH /customers/{id}: a mistyped name or phone is put right."""

import uuid
from functools import partial

from customers.catalogue.identity import CORRECT
from customers.domain.account import next_stamp
from customers.domain.correction import corrected_fields, correction, to_verify
from customers.domain.facts import LedgerEntry
from customers.domain.identity import known
from customers.domain.projection import fold
from customers.domain.verification import Verification
from customers.edge.serve import Answer
from customers.edge.writing import WritingCall, serve_writing
from customers.store.corrections import Corrections
from customers.store.receipts import Receipts
from customers.wire.correct import CorrectRequest, correct_data


def correct(call: WritingCall[CorrectRequest], corrections: Corrections) -> Answer:
    before = known(corrections.find(call.enterprise, call.request.customer_id))
    news = correction(before.profile, call.request.name, call.request.phone)
    phone = to_verify(before.profile, call.request.phone)
    if news is None and phone is None:
        return Answer(correct_data(before.profile, [], None), before.profile.completeness)
    stamp = next_stamp(before.marks.values(), call.now, f"cor_{uuid.uuid4().hex}")
    after = fold(before, news, stamp) if news else before
    asked = Verification(f"ver_{uuid.uuid4().hex}", phone, stamp.occurred_at) if phone else None
    answer = Answer(correct_data(after.profile, corrected_fields(news), asked), after.profile.completeness)
    said = LedgerEntry(stamp, "customer.corrected", news) if news else None
    corrections.correct(call.enterprise, before, after, said, asked, call.once, call.receipt(answer))
    return answer


handler = serve_writing(CORRECT, partial(correct, corrections=Corrections.connect()), Receipts.connect().find)
