"""A state of the erasure's workflow: answers, sessions and links go, and the derived table follows."""

from customers.edge.step import step
from customers.edge.sweeping import sweeping
from customers.store.sweep_copies import CopiesSweep
from customers.store.sweep_jobs import Jobs

jobs = Jobs.connect()

handler = step("sweep_copies", sweeping(jobs.read, CopiesSweep.connect(jobs).pages))
