"""POST /customers/{id}/merge: two records of one person become one."""

import uuid
from functools import partial

from customers.catalogue.identity import MERGE
from customers.domain.account import next_stamp
from customers.domain.facts import LedgerEntry, Merged
from customers.domain.identity import known
from customers.domain.merge import blockers, combine, require_mergeable, require_two
from customers.edge.serve import Answer
from customers.edge.writing import WritingCall, serve_writing
from customers.store.merges import Merges
from customers.store.receipts import Receipts
from customers.wire.merge import MergeRequest, merge_data


def merge(call: WritingCall[MergeRequest], merges: Merges) -> Answer:
    asked = call.request
    survivor = known(merges.find(call.enterprise, asked.customer_id))
    absorbed = known(merges.find(call.enterprise, asked.absorbed_id), "absorbed_customer_id")
    require_two(survivor.profile, absorbed.profile)
    stamp = next_stamp([*survivor.marks.values(), *absorbed.marks.values()], call.now, f"mrg_{uuid.uuid4().hex}")
    after, reasons = combine(survivor, absorbed, stamp), blockers(survivor.profile, absorbed.profile)
    data = merge_data(
        after.profile,
        absorbed.profile.customer_id,
        reasons,
        call.settings,
        call.now,
        preview=asked.validate_only,
    )
    answer = Answer(data, after.profile.completeness)
    if not asked.validate_only:
        require_mergeable(reasons, absorbed.profile)
        said = LedgerEntry(stamp, "customer.merged", Merged(absorbed.profile.customer_id))
        merges.merge(call.enterprise, survivor, absorbed, after, said, call.once, call.receipt(answer))
    return answer


handler = serve_writing(MERGE, partial(merge, merges=Merges.connect()), Receipts.connect().find)
