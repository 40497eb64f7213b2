"""A task of the erasure workflow: removes the person's refused facts, or rewrites them by id."""

from customers.edge.messaging.sweeping import sweeping
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_jobs import SweepJobs
from customers.store.erasure.sweep_refused_facts import RefusedFactsSweep
from customers.wire.facts.refused_facts import read_refused_fact, without_person

jobs = SweepJobs.connect()

handler = step(
    "sweep_refused_facts", sweeping(jobs.read, RefusedFactsSweep.connect(jobs, read_refused_fact, without_person).pages)
)
