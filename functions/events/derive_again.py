"""The change queue's consumer: what could not be settled at once is tried again; buckets are settled page by page."""

from customers.edge.consume import consume
from customers.edge.settling import settling
from customers.store.changes import waiting_of
from customers.store.derived import Derived
from customers.store.queues import ChangeQueue

derived, queue = Derived.connect(), ChangeQueue.connect()

handler = consume("derive_again", settling(waiting_of, derived.settle, derived.page, queue.keep), queue)
