"""A state of the erasure's workflow: facts of the person go that were refused, or name them by id from then on."""

from customers.edge.messaging.sweeping import sweeping
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_jobs import Jobs
from customers.store.erasure.sweep_refused_facts import LettersSweep
from customers.wire.facts.refused_facts import read_letter, without_person

jobs = Jobs.connect()

handler = step("sweep_letters", sweeping(jobs.read, LettersSweep.connect(jobs, read_letter, without_person).pages))
