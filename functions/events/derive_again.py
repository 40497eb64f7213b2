"""Consumes the change queue: retries failed reconciliations, and reconciles many customers page by page."""

from customers.edge.messaging.queue_consumer import consume
from customers.edge.messaging.reconcile import reconciling
from customers.store.aws.messages import waiting_of
from customers.store.aws.queues import ChangeQueue
from customers.store.stats.pages import Pages
from customers.store.stats.reconciler import Reconciler

queue = ChangeQueue.connect()

take = reconciling(waiting_of, Reconciler.connect().reconcile, Pages.connect(), queue.keep)
handler = consume("derive_again", take, queue)
