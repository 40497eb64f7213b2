"""A task of the erasure workflow: checks that nothing is left, and signs the receipt."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from customers.edge.messaging.workflow_task import step
from customers.store.aws.signing import SigningKey
from customers.store.erasure.sealing import Sealing
from customers.store.erasure.sweep_aliases import AliasesSweep
from customers.store.erasure.sweep_copies import CopiesSweep
from customers.store.erasure.sweep_files import FilesSweep
from customers.store.erasure.sweep_history import HistorySweep
from customers.store.erasure.sweep_jobs import SweepJobs
from customers.store.erasure.sweep_refused_facts import RefusedFactsSweep
from customers.wire.facts.refused_facts import read_refused_fact, without_person

jobs = SweepJobs.connect()
others = (
    AliasesSweep.connect(jobs),
    CopiesSweep.connect(jobs),
    FilesSweep.connect(jobs),
    RefusedFactsSweep.connect(jobs, read_refused_fact, without_person),
)


def seal(given: Mapping[str, str], now: datetime, sealing: Sealing) -> str:
    return sealing.seal(jobs.read(given["enterprise_id"], given["erasure_id"]), now)


handler = step(
    "seal_erasure", partial(seal, sealing=Sealing(jobs, HistorySweep.connect(jobs), others, SigningKey.connect()))
)
