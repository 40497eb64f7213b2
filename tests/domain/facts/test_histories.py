"""Hundreds of lives: however they are told, the projection, the ledger and the counts are the same in the end."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account
from customers.domain.facts.fact import CustomerFact
from customers.domain.facts.projection import fold_all
from customers.domain.identifiers.phone import Phone
from customers.domain.stats.contributions import (
    TOTALS,
    Contributions,
    Counted,
    Counts,
    contributions_of,
    total,
    transaction_contributions,
)
from customers.domain.stats.counting_rules import CountingRules
from tests.support.facts import ABOUT_CUSTOMERS, LATER, LAYLA, SETTINGS, Told, batches, histories, of_event
from tests.support.recount import recount

FIVE_HUNDRED = settings(max_examples=settings().max_examples * 5)


def nobody() -> Account:
    return Account(Profile(customer_id="usr_1", phone=Phone(LAYLA), currency=SETTINGS.currency))


@dataclass
class Book:
    """What the store keeps of a customer, without a store."""

    account: Account = field(default_factory=nobody)
    ledger: dict[str, CustomerFact] = field(default_factory=dict)

    def take(self, batch: list[Told]) -> list[Told]:
        """Apply what is new; gives back what has to wait."""
        facts = {said["fact_id"]: of_event(kind, said) for kind, said in batch if said["fact_id"] not in self.ledger}
        self.account, folded, waiting = fold_all(self.account, list(facts.values()))
        self.ledger |= {fact.order.fact_id: fact for fact in folded}
        return [told for told in batch if told[1]["fact_id"] in waiting]

    def take_all(self, told: list[list[Told]]) -> Book:
        """As a queue brings them: what waits comes again, as long as that helps."""
        while told:
            late = [each for batch in told for each in self.take(batch)]
            told = [late] if late and len(late) < sum(map(len, told)) else []
        return self

    def counts(self) -> tuple[Counts, Contributions]:
        """What the customer adds to the totals, and customer and transactions to each day."""
        own = contributions_of(self.account.profile, CountingRules.of(SETTINGS), LATER)
        shares = [
            own,
            *(transaction_contributions(each.kind, Counted.of(each)) for each in self.account.transactions.values()),
        ]
        places = sorted({place for share in shares for place in share} - {TOTALS})
        return own[TOTALS], {place: total(share.get(place, {}) for share in shares) for place in places}


@pytest.mark.slow
@FIVE_HUNDRED
@given(st.data(), histories(facts=8))
def test_order_duplicates_and_batches_change_nothing(data: st.DataObject, history: list[Told]) -> None:
    told = Book().take_all(data.draw(batches(history)))
    plain = Book().take_all([[each] for each in history])
    assert told.account == plain.account
    assert told.ledger == plain.ledger
    assert told.counts() == plain.counts()


@pytest.mark.slow
@settings(max_examples=settings().max_examples * 3)
@given(st.data(), histories(facts=12, kinds=[each for each in ABOUT_CUSTOMERS if each != "customer.imported"]))
def test_the_counts_are_those_of_a_recount(data: st.DataObject, history: list[Told]) -> None:
    book = Book().take_all(data.draw(batches(history)))
    totals, days = book.counts()
    expected = recount([(kind, said) for kind, said in history if said["fact_id"] in book.ledger])
    activity = expected["activity"]
    of_days = total(counts for place, counts in days.items() if place.kind == "days" and not place.branch_id)
    assert of_days.get("visits", 0) == activity.visit_count
    assert of_days.get("spend_minor", 0) - of_days.get("refunded_minor", 0) == activity.lifetime_spend_minor
    assert totals.get("balance_minor", 0) == expected["balance_minor"]
    of_ends = total(counts for place, counts in days.items() if place.kind == "locked")
    ends = sum(amount for _, amount in expected["locked"].exact)
    assert (totals.get("locked_minor", 0), of_ends.get("locked_minor", 0)) == (expected["locked"].for_good, ends)
