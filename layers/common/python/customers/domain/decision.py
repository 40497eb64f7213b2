"""What facts make of a customer's account. All that one transaction writes is decided here, from what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from customers.domain.erasure.scrub import books_part
from customers.domain.facts.account import Account
from customers.domain.facts.fact import CustomerFact, LedgerEntry
from customers.domain.facts.fact_types import is_money
from customers.domain.facts.projection import fold, fold_all, included_first
from customers.domain.refusals import Refusal
from customers.domain.replay import recounted, takes_back


@dataclass(frozen=True, slots=True)
class Decision:
    """The account afterwards, and how each fact is kept. A fact in none of the lists is left to the next attempt."""

    after: Account
    applied: Sequence[CustomerFact] = ()
    """Each gets a ledger entry. About an erased customer, it has the part that is money (`books_part`)."""
    scrubbed: Sequence[CustomerFact] = ()
    """About an erased customer: each gets a ledger entry that does not say what it said."""
    counted: Sequence[CustomerFact] = ()
    """About a deleted customer: nothing is kept but their number."""
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    """By fact id, why it is not kept now: `NotYet` or `CannotApply`."""

    @property
    def kept(self) -> list[CustomerFact]:
        """All facts that are done with after this transaction."""
        return [*self.applied, *self.scrubbed, *self.counted]

    @property
    def customer_id(self) -> str | None:
        """Whom the records of the facts name: nobody, if the customer has been deleted."""
        return None if self.counted else self.after.profile.customer_id

    def in_next_version(self) -> Decision:
        """With the customer's next version, which counts the facts."""
        version = self.after.profile.version + len(self.kept)
        return replace(self, after=self.after.with_profile(version=version))


def decide(before: Account, facts: Sequence[CustomerFact], history: Sequence[LedgerEntry] = ()) -> Decision:
    """What `facts` about one customer change. `history` is the ledger, if `needs_history`."""
    if before.profile.erased:
        return _about_erased(before, facts, history)
    return _folded(before, facts, history)


def _folded(before: Account, facts: Sequence[CustomerFact], history: Sequence[LedgerEntry]) -> Decision:
    return _summed(before, facts, history).in_next_version()


def _summed(before: Account, facts: Sequence[CustomerFact], history: Sequence[LedgerEntry]) -> Decision:
    after, folded, refused = fold_all(before, included_first(facts))
    if any(takes_back(before, fact) for fact in folded):
        after = recounted(after, [*history, *map(_entry, folded)])
    return Decision(after, folded, refused=refused)


def decide_moved(before: Account, facts: Sequence[CustomerFact], history: Sequence[LedgerEntry] = ()) -> Decision:
    """What entries of a living customer's ledger, as facts, change of an erased one whose they turn out to be.

    They have been accepted already, so an end of a grant does not wait for the grant. Raises `CannotApply` if the
    customer cannot have one of them.
    """
    account = before
    money = included_first([fact for fact in facts if is_money(fact.payload)])
    for fact in map(books_part, money):
        account = fold(account, fact.payload, fact.order, fact.scope, fact.included_in)
    if any(takes_back(before, fact) for fact in money):
        account = recounted(account, [*history, *map(_entry, money)])
    scrubbed = [fact for fact in facts if not is_money(fact.payload)]
    return Decision(account, money, scrubbed).in_next_version()


def _entry(fact: CustomerFact) -> LedgerEntry:
    return LedgerEntry(fact.order, fact.type, fact.payload, fact.scope, fact.included_in)


def _about_erased(before: Account, facts: Sequence[CustomerFact], history: Sequence[LedgerEntry]) -> Decision:
    """Money changes the residual row, and nothing personal is kept."""
    assert before.profile.erased  # noqa: S101 - the caller has checked it
    if before.profile.erased.outcome == "hard_deleted":
        return Decision(before, counted=facts)
    money = {fact.order.fact_id: fact for fact in facts if is_money(fact.payload)}
    scrubbed = [fact for fact in facts if not is_money(fact.payload)]
    decision = _summed(before, [*map(books_part, money.values())], history)
    applied = [money[fact.order.fact_id] for fact in decision.applied]
    return replace(decision, applied=applied, scrubbed=scrubbed).in_next_version()
