"""A task of the erasure workflow: removes answers, sessions and links, and reconciles the derived data."""

from customers.edge.messaging.sweeping import sweeping
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_copies import CopiesSweep
from customers.store.erasure.sweep_jobs import SweepJobs

jobs = SweepJobs.connect()

handler = step("sweep_copies", sweeping(jobs.read, CopiesSweep.connect(jobs).pages))
