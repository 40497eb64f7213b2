"""A state of the erasure's workflow: who was erased, and is there again after a restore, is erased again."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from customers.domain.erasure.plan import Erasure
from customers.domain.refusals import NotYet
from customers.edge.messaging.workflow_task import step
from customers.ids import new_erasure_id
from customers.store.erasure.erasures import Erasures
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs


def erase_again(given: Mapping[str, str], _now: datetime, jobs: SweepJobs, erasures: Erasures) -> str:
    """`erased` where somebody was there, whom that erasure's own event has swept; else `gone`."""
    job = jobs.read(given["enterprise_id"], given["erasure_id"])
    found = [_erase(job, customer_id, erasures) for customer_id in job.swept.ids]
    return "erased" if any(found) else "gone"


def _erase(job: SweepJob, customer_id: str, erasures: Erasures) -> bool:
    """Under another erasure, so that the receipt of the first one stays; as of the first one's instant."""
    account = erasures.account(job.enterprise, customer_id)
    if account is None or account.profile.customer_id not in job.swept.ids:
        return False
    profile = account.profile
    if profile.pending_migrations:
        raise NotYet("customer_id", "was merged, and its history is still being migrated")
    erasure = Erasure(new_erasure_id(), profile.customer_id, profile.state, job.erased_at, "erasing")
    erasures.erase(job.enterprise, account, erasure.carried_out(job.outcome, profile.state, job.erased_at))
    return True


handler = step("erase_again", partial(erase_again, jobs=SweepJobs.connect(), erasures=Erasures.connect()))
