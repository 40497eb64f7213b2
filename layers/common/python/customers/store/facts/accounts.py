"""Accounts: what facts are folded into. They are read before each attempt to write, strongly consistent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account
from customers.domain.facts.fact import (
    CustomerFact,
    LedgerEntry,
    PromoClosed,
)
from customers.domain.facts.fact_types import is_state
from customers.domain.facts.found import Found
from customers.domain.refusals import Conflict
from customers.domain.replay import needs_history
from customers.ids import new_customer_id
from customers.store.customers.part_rows import parts_in
from customers.store.customers.parts import with_parts
from customers.store.customers.pointers import marks_of, whose_is
from customers.store.customers.read_ahead import Ahead
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.linking.link_change import LinkChange, changes_holders
from customers.store.facts.links import Links
from customers.store.facts.provider_holdings import StoredHoldings
from customers.store.records.absorbed_rows import part_ids
from customers.store.records.concerned import concerned_keys, grant_ids
from customers.store.records.crossing_ends import grants_and_ends
from customers.store.records.grant_rows import GRANT, grant_of, loose_end_of
from customers.store.records.import_rows import import_of
from customers.store.records.keys import POINTER
from customers.store.records.ledger_entries import LedgerEntries
from customers.store.records.transaction_rows import transaction_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as far as some facts concern it; and for each of its transactions what the stats have counted.

    With the whole ledger, if the facts need it, and with what a link changes of other customers.
    """

    account: Account
    counted: Mapping[str, str | None] = field(default_factory=dict)
    history: Sequence[LedgerEntry] = ()
    link: LinkChange | None = None


class Accounts:
    """Reads of the Records table. They raise `Unavailable`."""

    def __init__(
        self, client: DynamoDBClient, records_table: str, finder: CustomerFinder, links: Links | None = None
    ) -> None:
        """`links` is needed for facts that link or unlink a provider id."""
        self._client = client
        self._records = records_table
        self._finder = finder
        self._links = links
        self._entries = LedgerEntries(client, records_table)

    def account(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, or the survivor for an absorbed id, with the field versions. Three requests.

        None for an unknown or erased id. Raises `Conflict`, `Unavailable`.
        """
        profile = self._finder.by_id(enterprise, customer_id).profile
        if profile is None or profile.erased:
            return None
        # After the row: if a writer came between, the row's version makes the attempt fail.
        pointer = self._finder.pointer(enterprise, customer_id)
        if pointer and ("marks" not in pointer or whose_is(pointer) != profile.customer_id):
            # Between the two the customer was erased, or the absorbed customer of this id was set free.
            raise Conflict
        return Account(profile, marks_of(pointer)) if pointer else None

    def left(self, enterprise: str, customer_id: str) -> Account | None:
        """What is left of an erased customer whose books are kept; else None. Two requests. Raises `Conflict`."""
        profile = self._finder.by_id(enterprise, customer_id).profile
        erased = profile.erased if profile else None
        return Account(profile) if profile and erased and erased.outcome == "anonymized" else None

    def stored(
        self, facts: Sequence[CustomerFact], found: Found[StoredHoldings], ahead: Ahead | None = None
    ) -> StoredAccount:
        """Everything that `facts` concern: at most two requests, two more for a link, and the ledger if they need it.

        For states of a merged customer also those of `with_parts`. For grants and ends of grants of one, two more if
        ends may cross parts. The first fact about an unknown phone opens an account. `ahead` has records that have just
        been read.
        """
        if found.profile is None:
            stored = StoredAccount(found.opened(facts[0], new_customer_id()))
        elif found.profile.erased and found.profile.erased.outcome == "hard_deleted":
            stored = StoredAccount(Account(found.profile))
        else:
            stored = self._concerned(facts, found.profile, ahead)
            if any(is_state(fact.payload) for fact in facts):
                account = with_parts(self._client, self._records, facts[0].enterprise, stored.account)
                stored = replace(stored, account=account)
        if needs_history(stored.account, facts):
            entries = self._entries.entries(facts[0].enterprise, stored.account.profile.customer_id)
            stored = replace(stored, history=entries)
        if not changes_holders(facts[0], stored.account.profile):
            return stored
        assert self._links  # noqa: S101 - the caller that applies facts gives it
        link = self._links.find(facts[0], stored.account)
        account = replace(stored.account, holdings=link.holdings, taken_back=link.taken_back)
        return replace(stored, link=link, account=account)

    def residual(self, facts: Sequence[CustomerFact], profile: Profile) -> StoredAccount:
        """What is left of an anonymised customer, as far as `facts` about one part of it concern it."""
        stored = self._concerned(facts, profile, None)
        if needs_history(stored.account, facts):
            stored = replace(stored, history=self._entries.entries(facts[0].enterprise, profile.customer_id))
        return stored

    def _concerned(self, facts: Sequence[CustomerFact], profile: Profile, ahead: Ahead | None) -> StoredAccount:
        # All of it is read after the row: if a writer came between, the row's version makes this attempt fail.
        customer_id = profile.customer_id
        keys = concerned_keys(facts, profile)
        rows = ahead.records_of(profile, keys) if ahead else None
        if rows is None:
            rows = reads.get_all(self._client, self._records, keys)
        if facts[0].scope and not profile.erased and not _is_absorbed(rows, customer_id):
            # Set free since the row was found.
            raise Conflict
        if profile.absorbed:
            rows += self._of_other_parts(facts, profile, rows)
        account, counted = _read(profile, rows)
        return StoredAccount(account, counted)

    def _of_other_parts(self, facts: Sequence[CustomerFact], profile: Profile, rows: Sequence[Item]) -> list[Item]:
        """Grants and loose ends of the other parts, where an end of one part may mean the grant of another one.

        That is so for ends of grants that their part does not have, and for any grant while the customer has loose
        ends.
        """
        known = {row["sk"]["S"] for row in rows}
        wanted = {
            each
            for fact in facts
            for each in grant_ids(fact)
            if profile.loose_ends or (isinstance(fact.payload, PromoClosed) and f"{GRANT}{each}" not in known)
        }
        if not wanted:
            return []
        enterprise, own = facts[0].enterprise, facts[0].scope or profile.customer_id
        ids = part_ids(self._client, self._records, enterprise, profile.customer_id, profile.absorbed)
        return grants_and_ends(self._client, self._records, enterprise, [each for each in ids if each != own], wanted)


def _is_absorbed(rows: Sequence[Item], customer_id: str) -> bool:
    """Whether one of the rows is the pointer of a customer whom this one has absorbed."""
    return any(row.get("merged_into") == {"S": customer_id} for row in rows)


def _read(profile: Profile, rows: Sequence[Item]) -> tuple[Account, dict[str, str | None]]:
    """The account as far as these rows have it, and what the stats have counted of its transactions."""
    customer_id = profile.customer_id
    by_kind = defaultdict[str, list[Item]](list)
    for row in rows:
        by_kind[row["sk"]["S"].partition("#")[0]].append(row)
    grants = [grant_of(row, customer_id) for row in by_kind["grant"]]
    loose_ends = [loose_end_of(row, customer_id) for row in by_kind["loose_end"]]
    imports = [import_of(row, customer_id) for row in by_kind["import"]]
    transactions = {
        transaction_of(row, customer_id).key: row for kind in ("purchase", "refund") for row in by_kind[kind]
    }
    marks = [marks_of(row) for row in by_kind[POINTER] if "marks" in row]
    account = Account(
        profile,
        field_versions=marks[0] if marks else {},
        grants={grant.key: grant for grant in grants},
        transactions={key: transaction_of(row, customer_id) for key, row in transactions.items()},
        imports={each.key: each for each in imports},
        loose_ends={end.key: end for end in loose_ends},
        parts=parts_in(rows),
    )
    return account, {key: row["counted"]["S"] if "counted" in row else None for key, row in transactions.items()}
