"""A state of the erasure's workflow: finished exports go, in all versions."""

from customers.edge.messaging.sweeping import sweeping
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_files import FilesSweep
from customers.store.erasure.sweep_jobs import Jobs

jobs = Jobs.connect()

handler = step("sweep_files", sweeping(jobs.read, FilesSweep.connect(jobs).pages))
