"""A task of the erasure workflow: erases a person again who is back after a restore."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from customers.domain.erasure.plan import Erasure, outcome_for
from customers.edge.messaging.workflow_task import step
from customers.ids import new_erasure_id
from customers.store.erasure.erasures import Erasures
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs


def erase_again(given: Mapping[str, str], _now: datetime, jobs: SweepJobs, erasures: Erasures) -> str:
    """`erased` if the person was back, now or in an earlier run: that erasure's event starts its sweep. Else `gone`."""
    job = jobs.read(given["enterprise_id"], given["erasure_id"])
    found = [_erase(job, customer_id, erasures) for customer_id in job.progress.ids]
    if any(found) or erasures.erased_by(job.enterprise, job.customer_id) not in (None, job.erasure_id):
        return "erased"
    return "gone"


def _erase(job: SweepJob, customer_id: str, erasures: Erasures) -> bool:
    """Uses a new erasure id, so that the first receipt stays, and the instant of the first erasure."""
    account = erasures.account(job.enterprise, customer_id)
    if account is None or account.profile.customer_id not in job.progress.ids:
        return False
    profile = account.profile
    # Facts since the restore may have brought more than grants.
    has_books = job.keeps_books or erasures.has_books(job.enterprise, profile)
    outcome = outcome_for(profile, has_books=has_books)
    erasure = Erasure(new_erasure_id(), profile.customer_id, profile.state, job.erased_at, "erasing")
    erasures.erase(job.enterprise, account, erasure.carried_out(outcome, profile.state, job.erased_at))
    return True


handler = step("erase_again", partial(erase_again, jobs=SweepJobs.connect(), erasures=Erasures.connect()))
