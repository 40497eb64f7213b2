"""The rows of an account's grants, loose ends, transactions and imports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from customers.domain.facts.account import Account, Transaction
from customers.store.dynamodb.items import Item
from customers.store.records.grant_rows import LOOSE_END, grant_row, loose_end_row
from customers.store.records.import_rows import IMPORT, import_row
from customers.store.records.transaction_rows import TRANSACTIONS, transaction_of, transaction_row

SUMMED = ("grant#", LOOSE_END, IMPORT, *TRANSACTIONS)
"""How the sort keys of these rows begin."""


def _nothing(_new: Transaction) -> str | None:
    return None


def expected_sums(
    enterprise: str,
    account: Account,
    held: Mapping[str, Item],
    counted_of_missing: Callable[[Transaction], str | None] = _nothing,
) -> Iterator[Item]:
    """The grants, loose ends, transactions and imports in Records, of all parts; `held` is by name (`name_of`). The
    ledger does not say what the stats have counted.

    `counted_of_missing` says it of a transaction that has no row: nothing, unless the row is lost.
    """
    customer_id = account.profile.customer_id
    for grant in account.grants.values():
        yield grant_row(enterprise, customer_id, grant)
    for end in account.loose_ends.values():
        yield loose_end_row(enterprise, customer_id, end)
    for imported in account.imports.values():
        yield import_row(enterprise, customer_id, imported)
    for key, transaction in account.transactions.items():
        if key in held and transaction_of(held[key], customer_id) == transaction:
            yield held[key]
            continue
        row = held.get(key)
        counted = row.get("counted", {}).get("S") if row else counted_of_missing(transaction)
        yield transaction_row(enterprise, customer_id, transaction, counted)
