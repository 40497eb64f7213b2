"""A state of the erasure's workflow: facts of the person go that were refused, or name them by id from then on."""

from customers.edge.step import step
from customers.edge.sweeping import sweeping
from customers.store.sweep_jobs import Jobs
from customers.store.sweep_letters import LettersSweep
from customers.wire.letters import read_letter, without_person

jobs = Jobs.connect()

handler = step("sweep_letters", sweeping(jobs.read, LettersSweep.connect(jobs, read_letter, without_person).pages))
