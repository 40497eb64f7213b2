"""The change queue's consumer: what could not be settled at once is tried again; buckets are settled page by page."""

from customers.edge.messaging.queue_consumer import consume
from customers.edge.messaging.reconcile import settling
from customers.store.aws.queues import ChangeQueue
from customers.store.stats.changes import waiting_of
from customers.store.stats.reconciler import Reconciler

derived, queue = Reconciler.connect(), ChangeQueue.connect()

handler = consume(
    "derive_again", settling(waiting_of, derived.settle, derived.page, derived.history, queue.keep), queue
)
