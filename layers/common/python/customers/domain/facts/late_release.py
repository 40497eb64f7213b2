"""A release that is dated after its grant has ended is refused when it arrives."""

from __future__ import annotations

from typing import Any

from customers.domain.customers.locked import has_ended
from customers.domain.facts.account import Account, scoped
from customers.domain.facts.fact import CustomerFact, PromoClosed
from customers.domain.refusals import CannotApply


def require_in_time(account: Account, fact: Any) -> None:
    """Raises `CannotApply` for a fact that releases a grant from its `expires_at` on.

    What is in the ledger was in time when it arrived. If its grant was given an earlier end since, it counts for
    nothing: see `Grant.was_released`.
    """
    if not isinstance(fact, CustomerFact) or not isinstance(fact.payload, PromoClosed) or not fact.payload.released:
        return
    grant = account.grants.get(scoped("grant", fact.payload.grant_id, fact.scope))
    if grant and has_ended(grant.expires_at, fact.order.occurred_at):
        raise CannotApply("grant_id", "the grant had ended by then, at its expires_at")
