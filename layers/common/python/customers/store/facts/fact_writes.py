"""What a transaction writes for facts: that each was applied, its ledger entry, and what it changed of the account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from customers.domain.facts.account import Account
from customers.domain.facts.fact import CustomerFact
from customers.store.customers import snapshot_invalidation
from customers.store.customers.pointers import pointer_row
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put
from customers.store.facts.accounts import StoredAccount
from customers.store.records.grant_rows import grant_row
from customers.store.records.keys import fact_record_key
from customers.store.records.ledger_rows import entry_row, scrubbed_entry_row
from customers.store.records.transaction_rows import put_transaction, transaction_row


class FactWrites:
    """Writes to the Records table."""

    def __init__(self, records_table: str) -> None:
        self._records = records_table

    def records(self, facts: Iterable[CustomerFact], customer_id: str | None = None) -> Iterator[Any]:
        """A record for each fact, so that it is applied once. The write fails where there is one."""
        customer: Item = {"customer_id": {"S": customer_id}} if customer_id else {}
        for fact in facts:
            row = {**fact_record_key(fact.enterprise, fact.order.fact_id), **customer}
            yield put(self._records, row, "attribute_not_exists(pk)")

    def entries(self, facts: Iterable[CustomerFact], customer_id: str) -> Iterator[Any]:
        """The ledger entries of facts."""
        yield from (put(self._records, entry_row(fact.enterprise, customer_id, fact)) for fact in facts)

    def scrubbed_entries(self, facts: Iterable[CustomerFact], customer_id: str) -> Iterator[Any]:
        """Ledger entries that say that there was a fact about an erased customer, and not what it said."""
        yield from (put(self._records, scrubbed_entry_row(fact.enterprise, customer_id, fact)) for fact in facts)

    def changes(self, enterprise: str, stored: StoredAccount, after: Account, *, is_new: bool) -> Iterator[Any]:
        """What facts changed beside the customer's row: field versions, grants, transactions, the departure mark."""
        before, customer_id = stored.account, after.profile.customer_id
        known = None if is_new else before.profile
        yield from snapshot_invalidation.shut_off(self._records, enterprise, known, after.profile)
        if is_new or after.field_versions != before.field_versions:
            yield put(self._records, pointer_row(enterprise, after.profile, after.field_versions))
        for grant_id, grant in after.grants.items():
            if grant != before.grants.get(grant_id):
                yield put(self._records, grant_row(enterprise, customer_id, grant))
        for key, transaction in after.transactions.items():
            if transaction != before.transactions.get(key):
                row = transaction_row(enterprise, customer_id, transaction, stored.counted.get(key))
                yield put_transaction(self._records, row)
