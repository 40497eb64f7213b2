"""The rows of an account's grants, transactions and imports."""

from __future__ import annotations

from collections.abc import Iterator

from customers.domain.facts.account import Account
from customers.store.dynamodb.items import Item
from customers.store.records.grant_rows import grant_row
from customers.store.records.import_rows import IMPORT, import_row
from customers.store.records.transaction_rows import TRANSACTIONS, transaction_of, transaction_row

SUMMED = ("grant#", IMPORT, *TRANSACTIONS)
"""How the sort keys of these rows begin."""


def expected_sums(enterprise: str, account: Account, held: dict[str, Item]) -> Iterator[Item]:
    """The grants, transactions and imports in Records. The ledger does not say what the stats have counted."""
    customer_id = account.profile.customer_id
    for grant in account.grants.values():
        yield grant_row(enterprise, customer_id, grant)
    for imported in account.imports.values():
        yield import_row(enterprise, customer_id, imported)
    for key, transaction in account.transactions.items():
        if key in held and transaction_of(held[key]) == transaction:
            yield held[key]
        else:
            counted = held[key]["counted"]["S"] if "counted" in held.get(key, {}) else None
            yield transaction_row(enterprise, customer_id, transaction, counted)
