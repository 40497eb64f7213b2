"""What the ledger says that all else of a customer must be, compared with what it is, and mended."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from customers.domain.customers.profile import NO_PHONE, Erased, Profile
from customers.domain.facts.account import Account
from customers.domain.facts.fact import LedgerEntry, ProviderIdLinked
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Conflict, ValidationError
from customers.domain.replay import is_money, replay
from customers.store import records
from customers.store.audit.repair import mending_writes
from customers.store.customers import snapshot_invalidation
from customers.store.customers.rows import Item, customer_rows, profile_of
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import one_per_item, replace_customer
from customers.store.facts.accounts import Accounts, whose_is
from customers.store.facts.identifier_holders import Formers
from customers.store.facts.ledger_entries import Histories, ReadEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 20
"""A customer who is written to meanwhile is read again."""
PAUSE = 0.05
"""Seconds between two of them."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A customer as the ledger has it, beside what the tables hold."""

    profile: Profile
    stored: Profile | None
    row: Item | None
    """`stored` as it lies in its table."""
    wrong_attributes: tuple[str, ...]
    """Of that row, by name; `copies` where those for further provider ids differ."""
    wrong: dict[str, Item | None]
    """Records that differ, by sort key: as they must be; None is one too many."""
    records: dict[str, Item]
    """All records of the customer as they are, by sort key."""

    @property
    def differences(self) -> tuple[str, ...]:
        """What differs, without what it says."""
        return (*self.wrong_attributes, *sorted(self.wrong))


class Rebuild:
    """Folds whole ledgers. Facts may go on being applied meanwhile."""

    def __init__(
        self, client: DynamoDBClient, customers: str, records_table: str, derived: str, read: ReadEntry
    ) -> None:
        self._client = client
        # The commands name customers by id, and need no secret for that.
        self._accounts = Accounts(client, customers, records_table, Formers(client, records_table, ""))
        self._histories = Histories(client, records_table, read)
        self._customers = customers
        self._records = records_table
        self._derived = derived

    def customer_ids(self, enterprise: str) -> Iterator[str]:
        """All customers of an enterprise, and those who are erased, of whom numbers are left.

        Reads the whole table, page by page: for a person's commands only.
        """
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._records,
            FilterExpression="begins_with(pk, :enterprise) AND sk = :pointer AND attribute_not_exists(merged_into)",
            ExpressionAttributeValues={":enterprise": {"S": f"{enterprise}#"}, ":pointer": {"S": "pointer"}},
            ProjectionExpression="pk",
            ConsistentRead=True,
        )
        for page in pages:
            for row in page["Items"]:
                yield row["pk"]["S"].removeprefix(f"{enterprise}#")

    def compare(self, enterprise: str, customer_id: str, currency: str) -> Rebuilt:
        """What the ledger says and what the tables hold, of one moment. Raises `ValidationError`, `Conflict`."""
        for _ in range(ATTEMPTS):
            rebuilt = self._compare(enterprise, customer_id, currency)
            if not rebuilt.differences or self._row(enterprise, customer_id) == rebuilt.row:
                return rebuilt
            time.sleep(PAUSE)
        raise Conflict

    def knows(self, enterprise: str, customer_id: str) -> bool:
        """Whether there is such a customer."""
        pointer = records.record_key(enterprise, customer_id, "pointer")
        return bool(dynamo.get_all(self._client, self._records, [pointer]))

    def mend(self, enterprise: str, customer_id: str, currency: str) -> tuple[str, ...]:
        """Write what differs, and say what it was. Raises `ValidationError`, `Conflict`."""
        mended: tuple[str, ...] = ()
        for _ in range(ATTEMPTS):
            rebuilt = self.compare(enterprise, customer_id, currency)
            if not rebuilt.differences:
                return mended
            if self._write(enterprise, customer_id, rebuilt):
                mended = mended or rebuilt.differences
        raise Conflict

    def _compare(self, enterprise: str, customer_id: str, currency: str) -> Rebuilt:
        # The row is read first: if a writer comes between, its version makes a difference that a second look explains.
        row = self._row(enterprise, customer_id)
        held = self._histories.held(enterprise, customer_id)
        stored = profile_of(row) if row else None
        if "merged_into" in held.get("pointer", {}):
            raise ValidationError(
                "customer", f"was merged into {held['pointer']['merged_into']['S']}; rebuild that one"
            )
        if "pointer" not in held or (stored and stored.customer_id != customer_id):
            raise ValidationError("customer", "no such customer is known")
        if stored and stored.sweeping:
            raise Conflict
        if stored and stored.erased:
            return self._compare_left(enterprise, row, stored, stored.erased, held)
        if "phone" not in held["pointer"]:
            raise Conflict
        entries = self._histories.entries_in(held)
        blank = Profile(customer_id, Phone(held["pointer"]["phone"]["S"]), currency)
        outclaimed = self._outclaimed(enterprise, customer_id, entries)
        account, folded, refused = replay(Account(blank, outclaimed=outclaimed), entries)
        if refused:
            fact_id, refusal = next(iter(refused.items()))
            raise ValidationError("ledger", f"the entry of fact {fact_id} cannot be folded: {refusal}")
        # What no entry tells: how often it was written, and since when the phone is this customer's.
        profile = replace(account.profile, version=stored.version if stored else len(folded))
        if stored:
            profile = replace(profile, held_since=stored.held_since)
        expected = [records.pointer_row(enterprise, account.profile, account.field_versions)]
        return self._rebuilt(enterprise, profile, stored, row, [*expected, *_sums_of(enterprise, account, held)], held)

    def _compare_left(
        self, enterprise: str, row: Item | None, stored: Profile, erased: Erased, held: dict[str, Item]
    ) -> Rebuilt:
        """Of who is erased the numbers are compared; of who is deleted there is nothing that could tell them."""
        if erased.outcome == "hard_deleted":
            return Rebuilt(stored, stored, row, (), {}, held)
        money = [entry for entry in self._histories.entries_in(held) if is_money(entry.payload)]
        account, _, _ = replay(Account(Profile(stored.customer_id, NO_PHONE, stored.currency)), money)
        told = account.profile
        profile = replace(
            stored,
            balance_minor=told.balance_minor,
            locked_promo_minor=told.locked_promo_minor,
            locked_until=told.locked_until,
            activity=told.activity,
        )
        return self._rebuilt(enterprise, profile, stored, row, [*_sums_of(enterprise, account, held)], held)

    def _rebuilt(
        self,
        enterprise: str,
        profile: Profile,
        stored: Profile | None,
        row: Item | None,
        rows: Sequence[Item],
        held: dict[str, Item],
    ) -> Rebuilt:
        expected = {row["sk"]["S"]: row for row in rows}
        derived = {sk for sk in held if sk.startswith(("grant#", *records.TRANSACTIONS))}
        return Rebuilt(
            profile,
            stored,
            row,
            self._wrong_attributes(enterprise, profile, row),
            {sk: expected.get(sk) for sk in {*expected, *derived} if expected.get(sk) != held.get(sk)},
            held,
        )

    def _row(self, enterprise: str, customer_id: str) -> Item | None:
        pointer = dynamo.get_all(self._client, self._records, [records.record_key(enterprise, customer_id, "pointer")])
        keys = [records.home_key(enterprise, customer_id, each) for each in pointer]
        return next(iter(dynamo.get_all(self._client, self._customers, [key for key in keys if key])), None)

    def _outclaimed(self, enterprise: str, customer_id: str, entries: list[LedgerEntry]) -> frozenset[str]:
        """Of the provider ids that were linked, those that are another customer's by now."""
        linked = {
            entry.payload.provider_customer_id for entry in entries if isinstance(entry.payload, ProviderIdLinked)
        }
        return frozenset(each for each in linked if self._holder(enterprise, each) != customer_id)

    def _holder(self, enterprise: str, provider_id: str) -> str | None:
        owner = self._accounts.owner(enterprise, provider_id)
        pointer = self._accounts.pointer(enterprise, owner.customer_id) if owner else None
        return whose_is(pointer) if pointer else None

    def _wrong_attributes(self, enterprise: str, profile: Profile, row: Item | None) -> tuple[str, ...]:
        expected, *copies = customer_rows(enterprise, profile)
        if row is None:
            return ("row",)
        wrong = tuple(sorted(name for name in {*row, *expected} if row.get(name) != expected.get(name)))
        stored = dynamo.get_all(self._client, self._customers, [{"pk": copy["pk"]} for copy in copies])
        if {each["pk"]["S"]: each for each in stored} != {each["pk"]["S"]: each for each in copies}:
            return (*wrong, "copies")
        return wrong

    def _write(self, enterprise: str, customer_id: str, rebuilt: Rebuilt) -> bool:
        """One transaction's worth; False if a writer was faster."""
        after = replace(rebuilt.profile, version=rebuilt.profile.version + 1)
        writes = [
            *replace_customer(self._customers, enterprise, rebuilt.stored, after),
            *snapshot_invalidation.shut_off(self._records, enterprise, rebuilt.stored, after),
            *mending_writes(self._records, self._derived, enterprise, customer_id, rebuilt.wrong, rebuilt.records),
        ]
        try:
            self._client.transact_write_items(TransactItems=one_per_item(writes))
        except (
            self._client.exceptions.TransactionCanceledException,
            self._client.exceptions.TransactionConflictException,
        ):
            return False
        return True


def _sums_of(enterprise: str, account: Account, held: dict[str, Item]) -> Iterator[Item]:
    """What Records must hold of sums. What has been counted of a transaction is not the ledger's to say."""
    customer_id = account.profile.customer_id
    for grant in account.grants.values():
        yield records.grant_row(enterprise, customer_id, grant)
    for key, transaction in account.transactions.items():
        if key in held and records.transaction_of(held[key]) == transaction:
            yield held[key]
        else:
            counted = held[key]["counted"]["S"] if "counted" in held.get(key, {}) else None
            yield records.transaction_row(enterprise, customer_id, transaction, counted)
