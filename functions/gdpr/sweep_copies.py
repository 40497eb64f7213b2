"""A state of the erasure's workflow: copies and words in the activity log go, and the derived table follows."""

from customers.edge.messaging.sweeping import sweeping
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_activity import ActivitySweep
from customers.store.erasure.sweep_copies import CopiesSweep
from customers.store.erasure.sweep_jobs import SweepJobs

jobs = SweepJobs.connect()

handler = step("sweep_copies", sweeping(jobs.read, CopiesSweep.connect(jobs).pages, ActivitySweep.connect(jobs).pages))
