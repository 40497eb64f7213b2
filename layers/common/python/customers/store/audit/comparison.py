"""Comparison of what a customer's ledger says with what the tables hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from customers.domain.customers.profile import NO_PHONE, Profile
from customers.domain.facts.account import Account
from customers.domain.facts.fact_types import is_money
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import Secret
from customers.domain.refusals import Conflict, ValidationError
from customers.domain.replay import replay
from customers.store.audit.differences import Rebuilt, lost_in, rebuilt
from customers.store.audit.held_links import HeldLinks, with_links
from customers.store.audit.ledger_check import LedgerChecks
from customers.store.audit.missing_rows import MissingRowsFinder
from customers.store.customers.pointers import pointer_row
from customers.store.customers.rows import customer_rows, profile_of
from customers.store.customers.stored_checksums import with_checksums
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.records.account_rows import expected_sums
from customers.store.records.ledger_entries import LedgerEntries

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Comparison:
    """Folds whole ledgers. Strongly consistent reads, which raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str, secret: Secret) -> None:
        self._client = client
        self._ledgers = LedgerChecks(client, records_table, secret)
        self._links = HeldLinks(client, records_table)
        self._entries = LedgerEntries(client, records_table)
        self._missing = MissingRowsFinder(client, customers, records_table)
        self._customers = customers

    def of(
        self, enterprise: str, customer_id: str, currency: str, zone: str, row: Item | None, *, accept_ledger: bool
    ) -> Rebuilt:
        """`row` is the customer's, as it was read before. A ledger that is not as it was written is compared only if
        it is accepted.

        Raises `ValidationError` where there is no such customer, or where a person must decide; `Conflict` while the
        customer is on the move.
        """
        held = self._entries.records(enterprise, customer_id)
        stored = profile_of(row) if row else None
        self._require_comparable(customer_id, stored, held)
        if stored and stored.erased and stored.erased.outcome == "hard_deleted":
            # There is nothing to compare with.
            return Rebuilt(stored, stored, row, (), {}, held)
        ledger = self._ledgers.of(enterprise, customer_id, stored, held)
        if ledger.trouble and not accept_ledger:
            raise ValidationError("ledger", ledger.trouble)
        if stored and stored.erased:
            return self._compare_residual(enterprise, zone, row, replace(stored, checksum=ledger.checksum), held)
        entries = self._entries.entries_in(held, customer_id)
        blank = Profile(customer_id, Phone(held["pointer"]["phone"]["S"]), currency)
        links = self._links.of(enterprise, customer_id, entries, held["pointer"])
        account, folded, refused = replay(Account(blank), entries)
        if refused:
            fact_id, refusal = next(iter(refused.items()))
            raise ValidationError("ledger", f"the entry of fact {fact_id} cannot be folded: {refusal}")
        account = with_checksums(with_links(account, links), ledger.by_part)
        # No entry says how often the row was written, since when the customer has the phone, nor who has left.
        version = stored.version if stored else len(folded)
        profile = replace(account.profile, version=version, checksum=ledger.checksum)
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
        self, enterprise: str, zone: str, row: Item | None, stored: Profile, held: dict[str, Item]
    ) -> Rebuilt:
        """For an anonymised customer the sums are compared."""
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
