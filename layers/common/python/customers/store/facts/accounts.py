"""Accounts: what facts are folded into. They are read before each attempt to write, strongly consistent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account, scoped
from customers.domain.facts.fact import (
    CustomerFact,
    LedgerEntry,
    PromoClosed,
    ProviderIdLinked,
    ProviderIdUnlinked,
    Purchased,
    Refunded,
)
from customers.domain.facts.fact_types import is_state, record_of
from customers.domain.facts.found import Found
from customers.domain.refusals import Conflict
from customers.domain.replay import needs_history
from customers.ids import new_customer_id
from customers.store.customers.part_rows import PART, parts_in
from customers.store.customers.parts import with_parts
from customers.store.customers.pointers import marks_of
from customers.store.customers.read_ahead import Ahead
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.links import LinkChange, Links
from customers.store.facts.provider_holdings import StoredHoldings
from customers.store.records.concerned import concerned_keys, concerns
from customers.store.records.grant_rows import BY_EXPIRY, grant_of
from customers.store.records.import_rows import IMPORT, import_of
from customers.store.records.keys import record_key
from customers.store.records.ledger_entries import LedgerEntries
from customers.store.records.ledger_rows import LEDGER, ledger_key
from customers.store.records.transaction_rows import TRANSACTIONS, transaction_of

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
    unmoved_entries: Mapping[str, Item] = field(default_factory=dict)
    """Entries of the facts themselves, by fact id, that a migration has still to bring: the facts were applied."""


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
        pointer = self._finder.pointer(enterprise, profile.customer_id)
        if pointer and "marks" not in pointer:
            # Erased between the two.
            raise Conflict
        return Account(profile, marks_of(pointer)) if pointer else None

    def stored(
        self, facts: Sequence[CustomerFact], found: Found[StoredHoldings], ahead: Ahead | None = None
    ) -> StoredAccount:
        """Everything that `facts` concern: at most two requests, two more for a link, and the ledger if they need it.

        For states and ends of grants of a merged customer also those of `with_parts`. The first fact about an unknown
        phone opens an account. `ahead` has records that have just been read.
        """
        if found.profile is None:
            stored = StoredAccount(found.opened(facts[0], new_customer_id()))
        elif found.profile.erased and found.profile.erased.outcome == "hard_deleted":
            return StoredAccount(Account(found.profile))
        else:
            stored = self._concerned(facts, found.profile, ahead)
            if any(is_state(fact.payload) or isinstance(fact.payload, PromoClosed) for fact in facts):
                account = with_parts(self._client, self._records, facts[0].enterprise, stored.account)
                stored = replace(stored, account=account)
        if needs_history(stored.account, facts):
            entries = self._entries.entries(facts[0].enterprise, stored.account.profile.customer_id)
            stored = replace(stored, history=entries)
        # Such a fact is alone in its group.
        if not isinstance(facts[0].payload, ProviderIdLinked | ProviderIdUnlinked) or stored.account.profile.erased:
            return stored
        assert self._links  # noqa: S101 - the caller that applies facts gives it
        link = self._links.find(facts[0], stored.account)
        return replace(stored, link=link, account=replace(stored.account, holdings=link.holdings))

    def _concerned(self, facts: Sequence[CustomerFact], profile: Profile, ahead: Ahead | None) -> StoredAccount:
        # All of it is read after the row: if a writer came between, the row's version makes this attempt fail.
        enterprise, customer_id = facts[0].enterprise, profile.customer_id
        keys = concerned_keys(facts, profile)
        wanted = [key["sk"]["S"] for key in keys]
        if profile.pending_migrations:
            keys += [record_key(enterprise, fact.scope, sk) for fact in facts if (sk := _unmoved(fact))]
            keys += [ledger_key(enterprise, fact.scope, fact.order) for fact in facts if fact.scope]
        if profile.absorbed and not profile.erased:
            keys.append(record_key(enterprise, facts[0].scope or customer_id, PART))
        read = ahead.records_of(profile, wanted) if ahead and len(keys) == len(wanted) else None
        if read is None:
            read = reads.get_all(self._client, self._records, keys)
        rows = {row["sk"]["S"]: row for row in read if row["pk"] == {"S": f"{enterprise}#{customer_id}"}}
        elsewhere = [
            row for row in read if row["pk"] != {"S": f"{enterprise}#{customer_id}"} and row["sk"]["S"] != PART
        ]
        entries = {row["sk"]["S"].split("#", 2)[2]: row for row in elsewhere if row["sk"]["S"].startswith(LEDGER)}
        unmoved = frozenset(
            f"{row['sk']['S']} {row['pk']['S'].partition('#')[2]}"
            for row in elsewhere
            if not row["sk"]["S"].startswith(LEDGER)
        )
        if profile.absorbed:
            for fact in facts:
                if isinstance(fact.payload, PromoClosed) and concerns(fact.payload, fact.scope) not in rows:
                    rows |= self._of_absorbed(enterprise, customer_id, fact.payload.grant_id)
        closing = sum(sk.startswith("grant#") for sk in wanted)
        soonest = self._soonest(enterprise, customer_id, closing + 1) if closing else []
        grants = map(grant_of, [*soonest, *(row for sk, row in rows.items() if sk.startswith("grant#"))])
        transactions = {sk: row for sk, row in rows.items() if sk.startswith(TRANSACTIONS)}
        return StoredAccount(
            Account(
                profile,
                field_versions=marks_of(rows["pointer"]) if "marks" in rows.get("pointer", {}) else {},
                grants={grant.key: grant for grant in grants},
                transactions={sk: transaction_of(row) for sk, row in transactions.items()},
                imports={sk: import_of(row) for sk, row in rows.items() if sk.startswith(IMPORT)},
                unmoved=unmoved,
                parts=parts_in(read),
            ),
            {sk: row["counted"]["S"] if "counted" in row else None for sk, row in transactions.items()},
            unmoved_entries=entries,
        )

    def _of_absorbed(self, enterprise: str, customer_id: str, grant_id: str) -> dict[str, Item]:
        """The grants of this id that came with absorbed customers: a fact that ends one may name the survivor."""
        rows = reads.query_all(
            self._client,
            TableName=self._records,
            **reads.key_is("pk", f"{enterprise}#{customer_id}", scoped("grant", grant_id, "usr_")),
            ConsistentRead=True,
        )
        return {row["sk"]["S"]: row for row in rows if row["grant_id"]["S"] == grant_id}

    def _soonest(self, enterprise: str, customer_id: str, count: int) -> list[Item]:
        """The open grants that expire first: one more than the facts may close gives the first expiry afterwards."""
        key = reads.key_is("pk", f"{enterprise}#{customer_id}")
        more = {"IndexName": BY_EXPIRY, "ConsistentRead": True, "Limit": count}
        rows: list[Item] = reads.query_page(self._client, TableName=self._records, **key, **more)["Items"]
        return rows


def _unmoved(fact: CustomerFact) -> str | None:
    """The sort key of a purchase or a refund of an absorbed customer, as long as it has not been migrated."""
    is_transaction = isinstance(fact.payload, Purchased | Refunded)
    return record_of(fact.payload, "") if fact.scope and is_transaction else None
