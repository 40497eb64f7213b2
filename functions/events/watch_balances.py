"""Consumes the overdrawn queue: counts balances that are still below 0 after a minute, and checks them again."""

import os

from customers.edge.messaging.overdraft_monitor import watch
from customers.store.aws.messages import batch_of
from customers.store.aws.queues import OverdrawnQueue
from customers.store.customers.batch_reader import BatchReader

every = int(os.environ["OVERDRAWN_SECONDS"])

handler = watch("watch_balances", batch_of, BatchReader.connect().balances, OverdrawnQueue.connect(), every)
