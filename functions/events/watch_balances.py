"""The overdrawn queue's consumer: balances that are still below 0 after a while are counted, and looked at again."""

import os
from functools import partial

from customers.edge.watch import watch
from customers.store.changes import changes_on
from customers.store.current import Current
from customers.store.queues import OverdrawnQueue

later = partial(OverdrawnQueue.connect().watch, delay=int(os.environ["OVERDRAWN_SECONDS"]))

handler = watch("watch_balances", changes_on, Current.connect().balances, later)
