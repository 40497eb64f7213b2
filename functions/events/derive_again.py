"""The change queue's consumer: what could not be settled at once is tried again; buckets are settled page by page."""

from collections.abc import Sequence
from functools import partial

from customers.domain.changes import Bucket, Change
from customers.domain.refusals import Invalid
from customers.edge.consume import Outcome, consume
from customers.store.changes import message_of, waiting_of
from customers.store.derived import Derived
from customers.store.queues import ChangeQueue, WorkQueue


def settle(bodies: Sequence[str], derived: Derived, again: WorkQueue) -> Sequence[Outcome]:
    told = [_read(body) for body in bodies]
    failed = derived.settle(each for each in told if isinstance(each, Change))
    return [_turn_page(each, derived, again) if isinstance(each, Bucket) else _outcome(each, failed) for each in told]


def _read(body: str) -> Change | Bucket | Invalid:
    try:
        return waiting_of(body)
    except Invalid as refusal:
        return refusal


def _outcome(told: Change | Invalid, failed: dict[Change, Exception]) -> Outcome:
    return told if isinstance(told, Invalid) else failed.get(told, "settled")


def _turn_page(bucket: Bucket, derived: Derived, again: WorkQueue) -> Outcome:
    """Settles a page, and sends the rest of the bucket on. Whom it could not settle waits alone."""
    try:
        page, rest = derived.page(bucket)
        left: list[Change | Bucket] = [*derived.settle(page)]
        again.send(*map(message_of, [*left, rest] if rest else left))
    except Exception as error:  # noqa: BLE001 - this message's own
        return error
    return "page_settled"


queue = ChangeQueue.connect()

handler = consume("derive_again", partial(settle, derived=Derived.connect(), again=queue), queue)
