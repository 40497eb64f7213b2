"""A state of the erasure's workflow: the history goes, or the person out of it, and phones that led to them."""

from customers.edge.step import step
from customers.edge.sweeping import sweeping
from customers.store.sweep_aliases import AliasSweep
from customers.store.sweep_history import HistorySweep
from customers.store.sweep_jobs import Jobs

jobs = Jobs.connect()

handler = step("sweep_history", sweeping(jobs.read, HistorySweep.connect(jobs).pages, AliasSweep.connect(jobs).pages))
