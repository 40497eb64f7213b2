"""Consumes the erasures queue: starts the workflow for an erasure, with the ids that its row has."""

from collections.abc import Callable
from functools import partial

from customers.domain.erasure.plan import Erasure
from customers.domain.refusals import CannotApply
from customers.edge.messaging.outcomes import one_by_one
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import ErasureQueue
from customers.store.aws.workflow import ErasureWorkflow
from customers.store.erasure.erasure_finder import ErasureFinder
from customers.wire.events.own_events import read_erasure


def start(body: str, find: Callable[[str, str], Erasure | None], begin: Callable[[str, Erasure], None]) -> str:
    enterprise, erasure_id = read_erasure(body)
    # Its row was committed with the event. So an event without one is not ours.
    erasure = find(enterprise, erasure_id)
    if erasure is None:
        raise CannotApply("erasure_id", "does not match an erasure of this enterprise")
    if erasure.status not in ("escalated", "erasing"):
        return "ended_before"
    begin(enterprise, erasure)
    return "started"


starting = partial(start, find=ErasureFinder.connect().find, begin=ErasureWorkflow.connect().start)
handler = consume("start_erasure", one_by_one(starting), ErasureQueue.connect())
