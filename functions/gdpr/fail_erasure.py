"""A state of the erasure's workflow: it is noted that somebody has to look."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from customers.edge.messaging.workflow_task import step
from customers.store.erasure.sweep_jobs import Jobs


def fail(given: Mapping[str, str], _now: datetime, jobs: Jobs) -> str:
    jobs.fail(given["enterprise_id"], given["erasure_id"])
    return "noted"


handler = step("fail_erasure", partial(fail, jobs=Jobs.connect()))
