"""A task of the erasure workflow: carries out a waiting erasure once the money is settled, or lets it expire."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from customers.domain.erasure.plan import Erasure, Plan, plan
from customers.domain.facts.account import Account
from customers.domain.refusals import NotYet
from customers.edge.messaging.workflow_task import step
from customers.store.erasure.erasures import Erasures

WAITS = timedelta(days=30)
"""Counted from the request. After that the person stays a customer, and the request must be sent again."""


def settle(given: Mapping[str, str], now: datetime, erasures: Erasures) -> str:
    enterprise = given["enterprise_id"]
    erasure = erasures.find(enterprise, given["erasure_id"])
    if erasure is None:
        raise NotYet("erasure_id", "does not match an erasure")
    if erasure.status != "escalated":
        return "expired" if erasure.status == "expired" else "erased"
    return _carry_out(enterprise, erasure, now, erasures)


def _carry_out(enterprise: str, erasure: Erasure, now: datetime, erasures: Erasures) -> str:
    account = erasures.account(enterprise, erasure.customer_id)
    if account is None and (other_id := erasures.erased_by(enterprise, erasure.customer_id)):
        erasures.waiting.join(enterprise, erasure, other_id)
        return "erased"
    planned = _plan(enterprise, account, erasures) if account else None
    if account is None or planned is None or planned.blockers:
        if now - erasure.requested_at < WAITS:
            return "waiting"
        erasures.waiting.expire(enterprise, erasure)
        return "expired"
    erasures.erase(enterprise, account, erasure.carried_out(planned.outcome, account.profile.state, now))
    return "erased"


def _plan(enterprise: str, account: Account, erasures: Erasures) -> Plan:
    return plan(account.profile, "escalate", has_books=erasures.has_books(enterprise, account.profile))


handler = step("settle_erasure", partial(settle, erasures=Erasures.connect()))
