"""A task of the erasure workflow: removes or scrubs the history, and frees absorbed phones."""

from customers.edge.messaging.sweeping import sweeping
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_aliases import AliasesSweep
from customers.store.erasure.sweep_history import HistorySweep
from customers.store.erasure.sweep_jobs import SweepJobs

jobs = SweepJobs.connect()

handler = step("sweep_history", sweeping(jobs.read, HistorySweep.connect(jobs).pages, AliasesSweep.connect(jobs).pages))
