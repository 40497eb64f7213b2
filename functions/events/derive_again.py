"""The change queue's consumer: what could not be settled when the stream told of it is tried again, ever later."""

from collections.abc import Sequence
from functools import partial

from customers.domain.changes import Change
from customers.domain.refusals import Invalid
from customers.edge.consume import Outcome, consume
from customers.store.changes import change_of
from customers.store.derived import Derived
from customers.store.queues import ChangeQueue


def settle(bodies: Sequence[str], derived: Derived) -> Sequence[Outcome]:
    told = [_read(body) for body in bodies]
    failed = derived.settle(each for each in told if isinstance(each, Change))
    return [each if isinstance(each, Invalid) else failed.get(each, "settled") for each in told]


def _read(body: str) -> Change | Invalid:
    try:
        return change_of(body)
    except Invalid as refusal:
        return refusal


handler = consume("derive_again", partial(settle, derived=Derived.connect()), ChangeQueue.connect())
