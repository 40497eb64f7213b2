"""What is left of an erased customer, folded again without entries that turn out to be another one's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from customers.domain.customers.profile import NO_PHONE, Profile
from customers.domain.facts.account import Account
from customers.domain.facts.fact_types import is_money
from customers.domain.facts.parts.checksums import departed, entered
from customers.domain.facts.parts.part import Sums
from customers.domain.replay import replay
from customers.store.customers.row_writes import replace_customer
from customers.store.facts.linking.tables import Tables
from customers.store.records.account_rows import expected_sums
from customers.store.records.ledger_entries import LedgerEntries, wrong_records
from customers.store.stats.mending import mending_writes


def residual_refolded(
    entries: LedgerEntries,
    tables: Tables,
    enterprise: str,
    before: Account,
    gone: Collection[str],
    checksums: tuple[Mapping[str, bytes], Mapping[str, bytes]],
) -> Iterator[Any]:
    """All that follows if the entries named by `gone` (`name_of`) are not the customer's. The ledger is read.

    `checksums` are those that depart and those that enter, by part. Raises `Unavailable`.
    """
    profile, customer_id = before.profile, before.profile.customer_id
    held = entries.records(enterprise, customer_id)
    kept = entries.entries_in({name: row for name, row in held.items() if name not in gone}, customer_id)
    blank = Account(Profile(customer_id, NO_PHONE, profile.currency))
    account, _, _ = replay(blank, [each for each in kept if is_money(each.payload)])
    sums = replace(Sums.of(account.profile), checksum=profile.checksum)
    after = entered(departed(Account(sums.on(profile)), checksums[0]), checksums[1])
    yield from replace_customer(
        tables.customers, enterprise, profile, replace(after.profile, version=profile.version + 1)
    )
    wrong = wrong_records(expected_sums(enterprise, account, held), held, customer_id)
    yield from mending_writes(tables.records, tables.derived, enterprise, wrong, held)
