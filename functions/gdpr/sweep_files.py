"""A task of the erasure workflow: removes all versions of finished exports."""

from customers.edge.messaging.sweeping import sweeping
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_files import FilesSweep
from customers.store.erasure.sweep_jobs import SweepJobs

jobs = SweepJobs.connect()

handler = step("sweep_files", sweeping(jobs.read, FilesSweep.connect(jobs).pages))
