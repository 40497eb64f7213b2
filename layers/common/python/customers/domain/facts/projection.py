"""The fold: how one fact changes what is known about a customer.

Pure, and the result does not depend on the order of the facts. How each type folds is in its descriptor (`fact_types`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from customers.domain.facts.account import Account
from customers.domain.facts.fact import CustomerPayload, EventOrder
from customers.domain.facts.fact_types import FOLDS
from customers.domain.facts.late_release import require_in_time
from customers.domain.refusals import CannotApply, NotYet, Refusal


def fold(account: Account, payload: CustomerPayload, order: EventOrder, scope: str = "") -> Account:
    """The account after one more fact. Raises `CannotApply` (it never will) or `NotYet` (its grant is not known).

    `scope` is the id of the absorbed customer that the fact names, if it names one.
    """
    books = account.profile.currency
    if getattr(payload, "currency", books) != books:
        raise CannotApply("currency", f"must be the enterprise's currency, {books}")
    return FOLDS[type(payload)](account, payload, order, scope)


class Foldable(Protocol):
    """What the fold needs: a fact about a customer has it, and so has a ledger entry."""

    @property
    def payload(self) -> CustomerPayload: ...

    @property
    def order(self) -> EventOrder: ...

    @property
    def scope(self) -> str: ...


F = TypeVar("F", bound=Foldable)


def fold_all(account: Account, facts: Sequence[F]) -> tuple[Account, list[F], dict[str, Refusal]]:
    """The account after several facts, the facts that were folded, and by fact id why the others were not."""
    folded: list[F] = []
    refused: dict[str, Refusal] = {}
    late: list[F] = []
    for fact in facts:
        try:
            require_in_time(account, fact)
            account = fold(account, fact.payload, fact.order, fact.scope)
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
