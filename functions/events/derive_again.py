"""Consumes the change queue: retries failed reconciliations, and reconciles buckets page by page."""

from customers.edge.messaging.queue_consumer import consume
from customers.edge.messaging.reconcile import reconciling
from customers.store.aws.queues import ChangeQueue
from customers.store.stats.changes import waiting_of
from customers.store.stats.reconciler import Reconciler

derived, queue = Reconciler.connect(), ChangeQueue.connect()

handler = consume(
    "derive_again", reconciling(waiting_of, derived.reconcile, derived.page, derived.history, queue.keep), queue
)
