"""One transaction for some facts of one customer: read everything, decide everything, write everything."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from customers.domain.decision import decide
from customers.domain.facts.account import Account
from customers.domain.facts.fact import CustomerFact
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import Secret
from customers.domain.refusals import Conflict, NotYet, Unavailable
from customers.store.customers.read_ahead import Ahead, Facts, read_ahead
from customers.store.customers.row_writes import require_unchanged
from customers.store.dynamodb import transactions
from customers.store.dynamodb.transactions import AT_ONCE, ConditionFailed, one_per_item
from customers.store.fact_outcomes import Outcome, same_outcome
from customers.store.facts.accounts import Accounts
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.fact_writes import FactWrites
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.facts.late_moves import LateMoves
from customers.store.facts.linking.residual_moves import ResidualMoves
from customers.store.facts.linking.tables import Tables
from customers.store.facts.links import Links
from customers.store.facts.new_customers import AheadByPhone, NewCustomers
from customers.store.facts.used_fact_ids import UsedFactIds, used_by
from customers.store.records.grant_writes import loose_ends_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class FactTransactions:
    """Reads and writes the Customers and Records tables."""

    def __init__(self, client: DynamoDBClient, tables: Tables, secret: Secret) -> None:
        self._client = client
        self._tables = tables
        holders = HoldersByIdentifier(client, tables.records, secret)
        self._finder = CustomerFinder(client, tables.customers, tables.records, holders)
        accounts = Accounts(client, tables.records, self._finder)
        moves = LateMoves(client, tables, secret)
        to_erased = ResidualMoves(client, tables, secret, self._finder, moves).writes
        self._links = Links(
            client, tables.records, accounts.account, accounts.left, holders.provider_ids, moves, to_erased
        )
        self._accounts = Accounts(client, tables.records, self._finder, self._links)
        self._writes = FactWrites(tables, holders, self._links, secret)
        self._used = UsedFactIds(client, tables.records, secret)
        self._former_key = holders.key
        self.import_together = NewCustomers(
            client, self._finder, self._accounts, self._writes, self._links, holders.provider_ids
        ).apply

    def read_ahead(self, batch: Sequence[Facts]) -> AheadByPhone:
        """What the first attempts read, for a batch of facts together. Raises `Unavailable`."""
        return read_ahead(self._client, self._tables.customers, self._tables.records, batch, self._former_key)

    def apply(self, facts: list[CustomerFact], ahead: AheadByPhone | None = None) -> dict[str, Outcome]:
        """One attempt. Facts without an outcome lost a race, or are left to the next attempt.

        What was read ahead is taken out of `ahead`: the next attempt reads for itself.

        Raises `Conflict`, `Unavailable`.
        """
        about = facts[0].about
        read = ahead.pop((facts[0].enterprise, about), None) if ahead and isinstance(about, Phone) else None
        while (outcomes := self._step(facts, read)) is None:
            read = None  # Some entries have moved. More have to move before the link itself is written.
        return outcomes

    def _step(self, facts: list[CustomerFact], ahead: Ahead | None) -> dict[str, Outcome] | None:
        first = facts[0]
        found = self._finder.find(first.enterprise, first.about, first.order.held_at, ahead)
        facts = found.about_the_same(facts)
        if found.profile is None and not isinstance(first.about, Phone):
            return same_outcome(facts, NotYet("customer", "no such customer is known yet"))
        stored = self._accounts.stored(facts, found, ahead)
        if stored.link and (first_moves := self._links.prepared(stored.link, self._tables.customers)):
            transactions.commit(self._client, one_per_item(first_moves))
            return None
        decision = decide(stored.account, facts, stored.history)
        if not decision.kept:
            return dict(decision.refused)
        writes = self._writes.of(found, stored, decision)
        later = loose_ends_in(writes) if len(writes) > AT_ONCE else []
        try:
            transactions.commit(self._client, [each for each in writes if each not in later])
        except ConditionFailed as failed:
            return {**decision.refused, **self._used.outcomes(used_by(decision.kept, failed.positions), decision)}
        if later:
            self._tidy(first.enterprise, decision.after, later)
        return {**decision.refused, **same_outcome(decision.kept, "applied")}

    def _tidy(self, enterprise: str, after: Account, writes: list[Any]) -> None:
        """Writes that make no difference to readers, if nobody has written the customer since. Audit finds the rest."""
        is_as_written = require_unchanged(self._tables.customers, enterprise, after.profile)
        with suppress(Conflict, Unavailable):
            transactions.commit(self._client, [is_as_written, *writes])
