"""A state of the erasure's workflow: finished exports go, in all versions."""

from customers.edge.step import step
from customers.edge.sweeping import sweeping
from customers.store.sweep_files import FilesSweep
from customers.store.sweep_jobs import Jobs

jobs = Jobs.connect()

handler = step("sweep_files", sweeping(jobs.read, FilesSweep.connect(jobs).pages))
