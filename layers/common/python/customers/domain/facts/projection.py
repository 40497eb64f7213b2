"""The fold: how one fact changes what is known about a customer.

Pure, and the result does not depend on the order of the facts. How each type folds is in its descriptor (`fact_types`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from customers.domain.customers.locked import has_ended
from customers.domain.facts.account import Account
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import CustomerFact, CustomerPayload, PromoClosed
from customers.domain.facts.fact_type import Fold
from customers.domain.facts.fact_types import FOLDS, HISTORY_FOLDS, SUM_FOLDS, is_history, is_state
from customers.domain.facts.grants.matching import meant
from customers.domain.refusals import CannotApply, NotYet, Refusal


def fold(
    account: Account, payload: CustomerPayload, order: EventOrder, scope: str = "", included_in: str = ""
) -> Account:
    """The account after one more fact. Raises `CannotApply`: it never will.

    `scope` is the id of the absorbed customer that the fact names, if it names one. `included_in` is the source of the
    import whose figures have the fact's sums, if one has: then they are not added, and a grant neither begins nor ends.
    """
    books = account.profile.currency
    if (getattr(payload, "currency", None) or books) != books:
        raise CannotApply("currency", f"must be the enterprise's currency, {books}")
    if included_in and is_history(payload):
        left = HISTORY_FOLDS.get(type(payload))
        return _added(left, account, payload, order, scope) if left else account
    if account.parts and is_state(payload):
        account = account.parts.heard(account, payload, order, scope or account.profile.customer_id)
        assert account.parts  # noqa: S101 - `heard` keeps them
        account, sums = account.parts.whole(account), SUM_FOLDS.get(type(payload))
        return _added(sums, account, payload, order, scope) if sums else account
    return _added(FOLDS[type(payload)], account, payload, order, scope)


def _added(fold_one: Fold, account: Account, payload: CustomerPayload, order: EventOrder, scope: str) -> Account:
    """The account after one more fact that adds something; of a merged customer its part too."""
    after = fold_one(account, payload, order, scope)
    if account.parts is None:
        return after
    return replace(after, parts=account.parts.added(account, fold_one, payload, order, scope))


class Foldable(Protocol):
    """What the fold needs: a fact about a customer has it, and so has a ledger entry."""

    @property
    def payload(self) -> CustomerPayload: ...

    @property
    def order(self) -> EventOrder: ...

    @property
    def scope(self) -> str: ...

    @property
    def included_in(self) -> str: ...


F = TypeVar("F", bound=Foldable)


def _require_grant(account: Account, fact: Any) -> None:
    """Raises `NotYet` for the end of a grant that no part has, and `CannotApply` for a release from the grant's
    `expires_at` on.

    An end in the ledger was in time when it arrived. If its grant has got an earlier end since, a release has no effect
    (`Grant.was_released`). If its grant has left with another part, the end waits in the ledger.
    """
    if not isinstance(fact, CustomerFact) or not isinstance(fact.payload, PromoClosed) or fact.included_in:
        return
    grant = meant(account.grants.values(), fact.payload.grant_id, fact.scope)
    if grant is None:
        raise NotYet("grant_id", "no such grant is known yet")
    if fact.payload.released and has_ended(grant.expires_at, fact.order.occurred_at):
        raise CannotApply("grant_id", "the grant had ended by then, at its expires_at")


def included_first(facts: Iterable[F]) -> list[F]:
    """In their order, but first those that an import's figures include."""
    return sorted(facts, key=lambda fact: not fact.included_in)


def fold_all(account: Account, facts: Sequence[F]) -> tuple[Account, list[F], dict[str, Refusal]]:
    """The account after several facts, the facts that were folded, and by fact id why the others were not."""
    folded: list[F] = []
    refused: dict[str, Refusal] = {}
    late: list[F] = []
    for fact in facts:
        try:
            _require_grant(account, fact)
            account = fold(account, fact.payload, fact.order, fact.scope, fact.included_in)
        except NotYet as refusal:
            late.append(fact)
            refused[fact.order.fact_id] = refusal
        except CannotApply as refusal:
            refused[fact.order.fact_id] = refusal
        else:
            folded.append(fact)
    if not folded or not late:
        return account, folded, refused
    # What they wait for may have been among the others.
    account, folded_late, still_refused = fold_all(account, late)
    settled = {fact_id: why for fact_id, why in refused.items() if isinstance(why, CannotApply)}
    return account, [*folded, *folded_late], {**settled, **still_refused}
