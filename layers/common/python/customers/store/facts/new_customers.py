"""Customers whom an import makes known, many in one transaction: a load has millions of them.

Whatever does not go together goes one by one afterwards, as every other fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from customers.domain.decision import decide
from customers.domain.facts.fact import CustomerFact
from customers.domain.facts.imported import Imported
from customers.domain.identifiers.phone import Phone
from customers.store.customers.read_ahead import Ahead, Facts
from customers.store.dynamodb import transactions
from customers.store.dynamodb.transactions import AT_ONCE
from customers.store.facts.accounts import Accounts
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.fact_writes import FactWrites
from customers.store.packing import packed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AheadByPhone = dict[tuple[str, Phone], Ahead]
"""What was read ahead, by enterprise and phone."""
Prepared = tuple[CustomerFact, list[Any]]
"""An import, and all that it writes."""


class NewCustomers:
    """Writes the Customers and Records tables."""

    def __init__(self, client: DynamoDBClient, finder: CustomerFinder, accounts: Accounts, writes: FactWrites) -> None:
        self._client = client
        self._finder = finder
        self._accounts = accounts
        self._writes = writes

    def apply(self, batch: Sequence[Facts], ahead: AheadByPhone) -> list[CustomerFact]:
        """The imports that were applied. Of the others, what was read is taken out of `ahead`: they read again."""
        prepared, applied = [each for facts in batch if (each := self._prepared(facts, ahead))], list[CustomerFact]()
        for together in packed(prepared, (AT_ONCE, lambda each: len(each[1]))):
            # Else each is tried again alone, and says for itself what is the matter.
            with suppress(Exception):
                transactions.commit(self._client, [write for _, writes in together for write in writes])
                applied += [fact for fact, _ in together]
        return applied

    def _prepared(self, facts: Facts, ahead: AheadByPhone) -> Prepared | None:
        """None for all but a single import whose phone nobody has, or has had."""
        fact, about = facts[0], facts[0].about
        if len(facts) > 1 or not isinstance(fact.payload, Imported) or not isinstance(about, Phone):
            return None
        read = ahead.get((fact.enterprise, about))
        if read is None or read.row or read.former:
            return None
        del ahead[fact.enterprise, about]
        try:
            found = self._finder.find(fact.enterprise, about, fact.order.held_at, read)
            stored = self._accounts.stored(facts, found)
            decision = decide(stored.account, facts, stored.history)
            return (fact, self._writes.of(found, stored, decision)) if decision.applied else None
        except Exception:  # noqa: BLE001 - it is tried again alone, and says what is the matter
            return None
