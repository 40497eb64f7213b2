"""A task of the erasure workflow: removes copies and the words in the activity log, and reconciles derived data."""

from customers.edge.messaging.sweeping import sweeping
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_copies import CopiesSweep
from customers.store.erasure.sweep_jobs import SweepJobs

jobs = SweepJobs.connect()

handler = step("sweep_copies", sweeping(jobs.read, CopiesSweep.connect(jobs).pages))
