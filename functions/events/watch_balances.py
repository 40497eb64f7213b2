"""The overdrawn queue's consumer: balances that are still below 0 after a while are counted, and looked at again."""

import os
from functools import partial

from customers.edge.messaging.overdraft_monitor import watch
from customers.store.aws.queues import OverdrawnQueue
from customers.store.customers.batch_reader import Current
from customers.store.stats.changes import changes_on

later = partial(OverdrawnQueue.connect().watch, delay=int(os.environ["OVERDRAWN_SECONDS"]))

handler = watch("watch_balances", changes_on, Current.connect().balances, later)
