"""Facts whose ids have been used: the same fact again is a duplicate, another one with its id is refused.

The record of the fact tells. If it is lost, the fact's entry in the ledger tells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from customers.domain.decision import Decision
from customers.domain.facts.fact import CustomerFact
from customers.domain.facts.fact_identity import FactIdentity, another, identity_of, said_in
from customers.domain.identifiers.pseudonym import Secret
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.fact_outcomes import Outcome
from customers.store.records.fact_rows import fact_id_of, fact_record_key, identity_in
from customers.store.records.ledger_rows import ledger_entry_of, ledger_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class UsedFactIds:
    """Strongly consistent reads of the Records table. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, records_table: str, secret: Secret) -> None:
        self._client = client
        self._records = records_table
        self._secret = secret

    def outcomes(self, facts: Sequence[CustomerFact], decision: Decision) -> dict[str, Outcome]:
        """Of each fact, of which the record or the entry exists already."""
        keys = [fact_record_key(fact.enterprise, fact.order.fact_id) for fact in facts]
        records = {fact_id_of(row): row for row in reads.get_all(self._client, self._records, keys)}
        customer_id = decision.after.profile.customer_id
        without = [fact for fact in facts if "said" not in records.get(fact.order.fact_id, {})]
        entry_keys = [ledger_key(fact.enterprise, fact.scope or customer_id, fact.order) for fact in without]
        entries = {_fact_id(row): row for row in reads.get_all(self._client, self._records, entry_keys)}
        outcomes = self.compared(without, decision.customer_id, entries)
        for fact in facts:
            if fact not in without:
                identity = identity_of(self._secret, fact, decision.customer_id)
                is_same = identity_in(records[fact.order.fact_id]).is_same(identity)
                outcomes[fact.order.fact_id] = "duplicate" if is_same else another()
        return outcomes

    def compared(
        self, facts: Sequence[CustomerFact], customer_id: str | None, entries: Mapping[str, Item]
    ) -> dict[str, Outcome]:
        """Of each fact of `customer_id` whose record is lost: by its entry, if there is one. `entries` are by id."""
        outcomes: dict[str, Outcome] = {}
        for fact in facts:
            row = entries.get(fact.order.fact_id)
            is_same = row is not None and (
                # What a scrubbed entry said is gone. Nothing of the fact may count again.
                "scrubbed" in row
                or self._identity_in(fact.enterprise, row, customer_id).is_same(
                    identity_of(self._secret, fact, customer_id)
                )
            )
            outcomes[fact.order.fact_id] = "duplicate" if is_same else another()
        return outcomes

    def _identity_in(self, enterprise: str, row: Item, customer_id: str | None) -> FactIdentity:
        entry = ledger_entry_of(row)
        said = said_in(self._secret, enterprise, entry.type, entry.order, entry.payload, entry.included_in)
        return FactIdentity(said, row["named"]["S"], customer_id)


def used_by(facts: Sequence[CustomerFact], positions: Collection[int]) -> list[CustomerFact]:
    """The facts whose record or entry exists, by the positions of the failed writes: records first, then entries."""
    return [fact for each, fact in enumerate(facts) if {each, each + len(facts)}.intersection(positions)]


def _fact_id(row: Mapping[str, Any]) -> str:
    return str(row["sk"]["S"].split("#", 2)[2])
