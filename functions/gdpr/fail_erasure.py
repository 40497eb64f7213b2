"""A task of the erasure workflow: notes the failure for the operator."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_jobs import SweepJobs


def fail(given: Mapping[str, str], _now: datetime, jobs: SweepJobs) -> str:
    jobs.fail(given["enterprise_id"], given["erasure_id"])
    return "noted"


handler = step("fail_erasure", partial(fail, jobs=SweepJobs.connect()))
