"""Rebuild: replays a customer's ledger, compares the result with the tables, and repairs differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from customers.domain.customers.profile import NO_PHONE, Erased, Profile
from customers.domain.enterprise import DEFAULT_ZONE
from customers.domain.facts.account import Account
from customers.domain.facts.fact_types import is_money
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import no_secret
from customers.domain.refusals import Conflict, ValidationError
from customers.domain.replay import replay
from customers.retries import retry_on_conflict
from customers.store.audit.differences import Rebuilt, lost_in, rebuilt
from customers.store.audit.held_links import HeldLinks, with_links
from customers.store.audit.missing_rows import MissingRowsFinder
from customers.store.customers import snapshot_invalidation
from customers.store.customers.pointers import home_key, pointer_key, pointer_row
from customers.store.customers.row_writes import replace_customer
from customers.store.customers.rows import customer_rows, profile_of
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import one_per_item
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.records.account_rows import expected_sums
from customers.store.records.ledger_entries import LedgerEntries
from customers.store.stats.mending import mending_writes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 20
"""Reads of a customer who is written to meanwhile."""
PAUSE = 0.05
"""The most seconds between two of them."""


class Rebuild:
    """Folds whole ledgers. Facts may be applied meanwhile. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str, derived: str) -> None:
        self._client = client
        # The commands name customers by id, and need no secret for that.
        self._finder = CustomerFinder(
            client, customers, records_table, HoldersByIdentifier(client, records_table, no_secret)
        )
        self._links = HeldLinks(client, records_table)
        self._entries = LedgerEntries(client, records_table)
        self._missing = MissingRowsFinder(client, customers, records_table)
        self._customers = customers
        self._records = records_table
        self._derived = derived

    def customer_ids(self, enterprise: str) -> Iterator[str]:
        """All customers of an enterprise, erased ones too. Reads the whole table: for an operator's commands only."""
        rows = reads.scan_all(
            self._client,
            TableName=self._records,
            FilterExpression="begins_with(pk, :enterprise) AND sk = :pointer AND attribute_not_exists(merged_into)",
            ExpressionAttributeValues={":enterprise": {"S": f"{enterprise}#"}, ":pointer": {"S": "pointer"}},
            ProjectionExpression="pk",
        )
        for row in rows:
            yield row["pk"]["S"].removeprefix(f"{enterprise}#")

    def knows(self, enterprise: str, customer_id: str) -> bool:
        """Whether there is such a customer."""
        return bool(reads.get(self._client, self._records, pointer_key(enterprise, customer_id)))

    def compare(self, enterprise: str, customer_id: str, currency: str, zone: str = DEFAULT_ZONE) -> Rebuilt:
        """What the ledger says and what the tables hold, at one moment. `zone` is where the stats count the days.

        Raises `ValidationError`, `Conflict`.
        """
        return retry_on_conflict(
            lambda: self._consistent(enterprise, customer_id, currency, zone), ATTEMPTS, PAUSE, PAUSE
        )

    def mend(self, enterprise: str, customer_id: str, currency: str, zone: str = DEFAULT_ZONE) -> tuple[str, ...]:
        """Write what differs, and return its names. Raises `ValidationError`, `Conflict`."""
        mended: tuple[str, ...] = ()

        def attempt() -> tuple[str, ...]:
            compared = self._consistent(enterprise, customer_id, currency, zone)
            if compared.differences:
                self._write(enterprise, customer_id, compared)
            return compared.differences

        for _ in range(ATTEMPTS):
            differences = retry_on_conflict(attempt, ATTEMPTS, PAUSE, PAUSE)
            if not differences:
                return mended
            mended = mended or differences
        raise Conflict

    def _consistent(self, enterprise: str, customer_id: str, currency: str, zone: str) -> Rebuilt:
        """Raises `Conflict` where a writer came between the reads."""
        # The row is read first: if a writer comes between, its version makes a difference that a second look explains.
        row = self._row(enterprise, customer_id)
        compared = self._compare(enterprise, customer_id, currency, zone, row)
        if compared.differences and self._row(enterprise, customer_id) != row:
            raise Conflict
        return compared

    def _compare(self, enterprise: str, customer_id: str, currency: str, zone: str, row: Item | None) -> Rebuilt:
        held = self._entries.records(enterprise, customer_id)
        stored = profile_of(row) if row else None
        self._require_comparable(customer_id, stored, held)
        if stored and stored.erased:
            return self._compare_residual(enterprise, zone, row, stored, stored.erased, held)
        entries = self._entries.entries_in(held, customer_id)
        blank = Profile(customer_id, Phone(held["pointer"]["phone"]["S"]), currency)
        links = self._links.of(enterprise, customer_id, entries, held["pointer"])
        account, folded, refused = replay(Account(blank), entries)
        if refused:
            fact_id, refusal = next(iter(refused.items()))
            raise ValidationError("ledger", f"the entry of fact {fact_id} cannot be folded: {refusal}")
        account = with_links(account, links)
        # No entry says how often the row was written, since when the customer has the phone, nor who has left.
        profile = replace(account.profile, version=stored.version if stored else len(folded))
        if stored:
            profile = replace(profile, held_since=stored.held_since, left=stored.left)
        pointer = pointer_row(enterprise, account.profile, account.field_versions)
        return self._rebuilt(
            enterprise,
            replace(account, profile=profile),
            stored,
            row,
            [pointer, *expected_sums(enterprise, account, held, lost_in(zone))],
            held,
        )

    def _require_comparable(self, customer_id: str, stored: Profile | None, held: dict[str, Item]) -> None:
        """Raises `ValidationError` where there is no such customer, `Conflict` while the customer is on the move."""
        pointer = held.get("pointer", {})
        if "merged_into" in pointer:
            raise ValidationError("customer", f"was merged into {pointer['merged_into']['S']}; rebuild that one")
        if not pointer or (stored and stored.customer_id != customer_id):
            raise ValidationError("customer", "no such customer is known")
        if "phone" not in pointer and not (stored and stored.erased):
            raise Conflict

    def _compare_residual(
        self, enterprise: str, zone: str, row: Item | None, stored: Profile, erased: Erased, held: dict[str, Item]
    ) -> Rebuilt:
        """For an anonymised customer the sums are compared. For a deleted one there is nothing to compare with."""
        if erased.outcome == "hard_deleted":
            return Rebuilt(stored, stored, row, (), {}, held)
        money = [entry for entry in self._entries.entries_in(held, stored.customer_id) if is_money(entry.payload)]
        account, _, _ = replay(Account(Profile(stored.customer_id, NO_PHONE, stored.currency)), money)
        folded = account.profile
        profile = replace(
            stored,
            balance_minor=folded.balance_minor,
            locked=folded.locked,
            activity=folded.activity,
            loose_ends=folded.loose_ends,
        )
        sums = [*expected_sums(enterprise, account, held, lost_in(zone))]
        return self._rebuilt(enterprise, Account(profile), stored, row, sums, held)

    def _rebuilt(
        self,
        enterprise: str,
        account: Account,
        stored: Profile | None,
        row: Item | None,
        expected: list[Item],
        held: dict[str, Item],
    ) -> Rebuilt:
        profile = account.profile
        keys = [{"pk": copy["pk"]} for copy in customer_rows(enterprise, profile)[1:]] if row else []
        copies = reads.get_all(self._client, self._customers, keys)
        missing = self._missing.find(enterprise, profile.customer_id, held)
        missing = missing.and_(self._missing.parts(enterprise, account.parts))
        return replace(rebuilt(enterprise, profile, stored, row, copies, expected, held), missing=missing)

    def _row(self, enterprise: str, customer_id: str) -> Item | None:
        pointer = reads.get(self._client, self._records, pointer_key(enterprise, customer_id))
        key = home_key(enterprise, customer_id, pointer) if pointer else None
        return reads.get(self._client, self._customers, key) if key else None

    def _write(self, enterprise: str, customer_id: str, compared: Rebuilt) -> None:
        """As much as one transaction takes. Raises `Conflict` if a writer was faster."""
        after = replace(compared.profile, version=compared.profile.version + 1)
        writes = [
            *replace_customer(self._customers, enterprise, compared.stored, after),
            *snapshot_invalidation.shut_off(self._records, enterprise, compared.stored, after),
            *mending_writes(self._records, self._derived, enterprise, compared.wrong, compared.records),
        ]
        # The rest comes at the next attempt.
        writes += compared.missing.writes[: transactions.AT_ONCE - len(writes)]
        transactions.commit(self._client, one_per_item(writes))
