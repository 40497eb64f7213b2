"""Applying facts, each once, while others may write the same customers."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from customers.domain.facts.fact import CustomerFact
from customers.domain.facts.imported import Imported
from customers.domain.identifiers.pseudonym import Secret
from customers.domain.refusals import Refusal
from customers.retries import retry_on_conflict
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.customers.read_ahead import Facts
from customers.store.dynamodb.client import connect
from customers.store.fact_outcomes import Outcome
from customers.store.facts.fact_batch import FactBatch
from customers.store.facts.fact_transactions import FactTransactions
from customers.store.facts.linking.tables import Tables
from customers.store.facts.new_customers import AheadByPhone, links_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
"""Optimistic attempts before facts go back to their queue."""


class Ledger:
    """The Records table, and the Customers rows that are folded from it."""

    def __init__(
        self, client: DynamoDBClient, customers: str, records_table: str, derived: str, secret: Secret
    ) -> None:
        self._transactions = FactTransactions(client, Tables(customers, records_table, derived), secret)

    @classmethod
    def connect(cls) -> Ledger:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `DERIVED_TABLE`, and `PSEUDONYM_KEY`."""
        customers, records_table, derived = (
            os.environ[f"{role}_TABLE"] for role in ("CUSTOMERS", "RECORDS", "DERIVED")
        )
        return cls(connect(), customers, records_table, derived, DerivedKeys.of_pseudonyms().key)

    def ahead(self, batch: Sequence[Facts]) -> Callable[[Facts], list[Outcome]]:
        """`post`, for facts of a batch: what they read first is read now, for all of them together.

        Customers who come by an import are also written now, many in one transaction. Raises `Unavailable`, and what
        the request raises for one fact that is at fault.
        """
        read = self._transactions.read_ahead(batch)
        return partial(self.post, ahead=read, written=self._transactions.import_together(batch, read))

    def post(
        self, facts: Facts, ahead: AheadByPhone | None = None, written: Collection[CustomerFact] = ()
    ) -> list[Outcome]:
        """Apply facts that name one customer in one way, each once, while others may write the same customer.

        Raises `Conflict`, `Unavailable`: send all of them again later; those that were applied will be duplicates.
        """
        outcomes: list[Outcome] = ["applied"] if facts[0] in written else self._post(facts, ahead)
        for position, fact in enumerate(facts):
            # Also of a duplicate: the attempt that applied it may have ended before its links.
            if isinstance(fact.payload, Imported) and outcomes[position] in ("applied", "duplicate"):
                links = [each for each in links_of(fact) if each not in written]
                refused = [each for each in map(self._link, links) if isinstance(each, Refusal)]
                outcomes[position] = next(iter(refused), outcomes[position])
        return outcomes

    def _link(self, link: CustomerFact) -> Outcome:
        try:
            return self._post([link])[0]
        except Refusal as refusal:
            return refusal

    def _post(self, facts: Facts, ahead: AheadByPhone | None = None) -> list[Outcome]:
        batch, apply = FactBatch(facts), self._transactions.apply
        return retry_on_conflict(partial(batch.attempt, partial(apply, ahead=ahead) if ahead else apply), ATTEMPTS)
