"""A state of the erasure's workflow: the history goes, or the person out of it, and phones that led to them."""

from customers.edge.messaging.sweeping import sweeping
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_aliases import AliasSweep
from customers.store.erasure.sweep_history import HistorySweep
from customers.store.erasure.sweep_jobs import Jobs

jobs = Jobs.connect()

handler = step("sweep_history", sweeping(jobs.read, HistorySweep.connect(jobs).pages, AliasSweep.connect(jobs).pages))
