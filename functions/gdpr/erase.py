"""DELETE /customers/{id}: a person is erased, in the way that what they were calls for."""

import time
import uuid
from functools import partial

from customers.catalogue.rights import ERASE
from customers.domain.erasure import Erasure, plan
from customers.domain.identity import known
from customers.domain.once import Once, Receipt
from customers.domain.refusals import Invalid
from customers.edge.serve import Answer
from customers.edge.writing import Find, WritingCall, serve_writing
from customers.store.erasures import Erasures
from customers.store.inventories import Inventories
from customers.store.receipts import Receipts
from customers.wire.erase import EraseRequest, erase_data, preview_data
from customers.wire.summary import MAX_AGE

FORGOTTEN_SECONDS = MAX_AGE.seconds + 1
"""After so many no worker shows a copy that it read before the commit, and no index is behind: then it is answered."""


def erase(call: WritingCall[EraseRequest], erasures: Erasures, inventories: Inventories) -> Answer:
    account = known(erasures.account(call.enterprise, call.request.customer_id))
    profile = account.profile
    planned = plan(profile, call.settings.erasure_policy)
    if call.request.dry_run:
        return Answer(preview_data(profile, planned, inventories.count(call.enterprise, profile)))
    if planned.blockers and not planned.escalates:
        raise Invalid("balance.spendable_minor", "; ".join(planned.blockers))
    waiting = erasures.waiting(call.enterprise, profile.customer_id)
    asked = waiting or Erasure(
        f"era_{uuid.uuid4().hex}", profile.customer_id, profile.state, call.now, status="escalated"
    )
    if planned.escalates:
        answer = Answer(erase_data(asked), status=202)
        if waiting:
            erasures.note(call.enterprise, call.once, call.receipt(answer))
        else:
            erasures.escalate(call.enterprise, account, asked, call.once, call.receipt(answer))
        return answer
    done = asked.carried_out(planned.outcome, profile.state, call.now)
    answer = Answer(erase_data(done))
    erasures.erase(call.enterprise, account, done, call.once, call.receipt(answer))
    time.sleep(FORGOTTEN_SECONDS)
    return answer


def replayed(find: Find) -> Find:
    """A retry that comes soon waits as long as the first one did, who may not have been answered."""

    def found(enterprise: str, once: Once) -> Receipt | None:
        receipt = find(enterprise, once)
        if receipt and receipt.status == 200:
            time.sleep(FORGOTTEN_SECONDS)
        return receipt

    return found


handler = serve_writing(
    ERASE,
    partial(erase, erasures=Erasures.connect(), inventories=Inventories.connect()),
    replayed(Receipts.connect().find),
)
