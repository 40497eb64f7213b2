"""Unmerging: one transaction, after which a part is found by its own id and phone again. No history moves."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from customers.domain.events.published import customer_unmerged
from customers.domain.facts.account import Account
from customers.domain.facts.parts.checksums import entered
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identity.merge import Absorbed
from customers.domain.identity.parted import linked_ids
from customers.domain.identity.unmerge import Separation, Side
from customers.domain.refusals import Conflict
from customers.store.customers import snapshot_invalidation
from customers.store.customers.keys import customer_key, survivor_key
from customers.store.customers.part_rows import changed_part_rows
from customers.store.customers.pointers import lead_on, pointer_row
from customers.store.customers.row_writes import replace_customer
from customers.store.customers.rows import customer_rows
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, one_per_item, put
from customers.store.events.outbox import outbox_row
from customers.store.facts.own_entries import OwnEntries
from customers.store.facts.provider_holdings import StoredHoldings
from customers.store.idempotency import answered
from customers.store.records.absorbed_rows import ABSORBED, absorbed_of, absorbed_row
from customers.store.records.entry_hashes import checksums_of
from customers.store.records.keys import PART, record_key
from customers.store.records.ledger_rows import entry_row
from customers.store.request_traces import traced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Leaving:
    """The customers who leave with a part, the part first, and which of their phones still lead to the survivor."""

    absorbed: tuple[Absorbed, ...]
    leads: tuple[Item, ...]

    @property
    def freed(self) -> Absorbed:
        """The part itself."""
        return self.absorbed[0]

    @property
    def has_phone(self) -> bool:
        """Whether the part's phone is still the part's."""
        return any(lead["absorbed"] == {"S": self.freed.customer_id} for lead in self.leads)


class Unmerges:
    """Writes to the tables for customers, records and receipts. The reads are strongly consistent."""

    def __init__(self, client: DynamoDBClient, tables: tuple[str, str, str], own_entries: OwnEntries) -> None:
        """`tables` are those for customers, records and receipts."""
        self._client = client
        self._customers, self._records, self._receipts = tables
        self._own_entries = own_entries

    @classmethod
    def connect(cls) -> Unmerges:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `RECEIPTS_TABLE`."""
        tables = (os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"], os.environ["RECEIPTS_TABLE"])
        return cls(connect(), tables, OwnEntries.connect())

    def find(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, or the survivor for an absorbed id, with all parts and with what `separate` needs of ends
        of grants that cross from one part to another. Raises `Conflict`, `Unavailable`.
        """
        account = self._own_entries.account(enterprise, customer_id)
        return self._own_entries.with_crossing(enterprise, account)[0] if account else None

    def leaving(self, enterprise: str, survivor_id: str, ids: Sequence[str]) -> Leaving:
        """The customers with these ids among those whom a survivor has absorbed: two requests.

        Raises `Conflict` if one of them is none by now, and `Unavailable`.
        """
        keys = [record_key(enterprise, survivor_id, f"{ABSORBED}{each}") for each in ids]
        found = {each.customer_id: each for each in map(absorbed_of, reads.get_all(self._client, self._records, keys))}
        if len(found) < len(ids):
            # Set free since the survivor was read.
            raise Conflict
        absorbed = tuple(found[each] for each in ids)
        phones = {each.phone: customer_key(enterprise, each.phone) for each in absorbed}
        rows = reads.get_all(self._client, self._customers, [*phones.values()])
        return Leaving(absorbed, tuple(row for row in rows if row.get("absorbed", {}).get("S") in ids))

    def holdings(self, enterprise: str, whole: Account) -> dict[str, StoredHoldings]:
        """The holdings of the provider ids that `separate` asks for: one request for fifty. Raises `Unavailable`."""
        ids = linked_ids(whole)
        stored = self._own_entries.provider_ids.of_each(enterprise, ids) if ids else []
        return {each.provider_id: each for each in stored}

    def unmerge(
        self,
        enterprise: str,
        whole: Account,
        separation: Separation,
        leaving: Leaving,
        holdings: Mapping[str, StoredHoldings],
        idempotency_key: IdempotencyKey,
        record: IdempotencyRecord,
    ) -> None:
        """Everything that readers see of an unmerge. Raises `Conflict` if the customer has changed since the read."""
        separation = self._entered(enterprise, separation)
        rest, freed = separation.rest.account, separation.freed.account
        survivor_id, freed_id = rest.profile.customer_id, freed.profile.customer_id
        event = customer_unmerged(enterprise, survivor_id, freed_id, separation.rest.entry.order)
        writes = [
            *answered(self._receipts, enterprise, idempotency_key, record, survivor_id, freed_id),
            *replace_customer(self._customers, enterprise, whole.profile, rest.profile),
            *self._freed(enterprise, freed, leaving, survivor_id),
            *self._side(enterprise, whole, separation.rest),
            *self._side(enterprise, whole, separation.freed),
            *self._absorbed(enterprise, whole, leaving, survivor_id),
            *self._linked(enterprise, whole, separation, holdings),
            # The export is not the survivor's own any more.
            delete(self._records, record_key(enterprise, survivor_id, "export")),
            put(self._records, outbox_row(enterprise, survivor_id, event)),
            snapshot_invalidation.departure(self._records, enterprise),
        ]
        transactions.commit(self._client, traced(enterprise, one_per_item(writes)))

    def _entered(self, enterprise: str, separation: Separation) -> Separation:
        """With the entries of both in their checksums."""

        def side(of: Side) -> Side:
            row = entry_row(enterprise, of.account.profile.customer_id, of.entry)
            checksums = checksums_of(self._own_entries.secret, enterprise, [row])
            return replace(of, account=entered(of.account, checksums))

        return replace(separation, rest=side(separation.rest), freed=side(separation.freed))

    def _freed(self, enterprise: str, freed: Account, leaving: Leaving, survivor_id: str) -> Iterator[Any]:
        """The part's row in place of the row that led from its phone to the survivor, and the row's copies."""
        freed_id = freed.profile.customer_id
        row, *copies = customer_rows(enterprise, freed.profile)
        as_read = {":absorbed": {"S": freed_id}, ":survivor": {"S": survivor_id}}
        yield put(self._customers, row, "absorbed = :absorbed AND leads_to = :survivor", as_read)
        yield from (put(self._customers, copy) for copy in copies)
        if not freed.profile.absorbed:
            yield delete(self._customers, survivor_key(enterprise, freed_id))
        for lead in leaving.leads:
            if lead["absorbed"] != {"S": freed_id}:
                is_there = "absorbed = :absorbed", {":absorbed": lead["absorbed"]}
                yield put(self._customers, {**lead, "leads_to": {"S": freed_id}}, *is_there)

    def _side(self, enterprise: str, whole: Account, side: Side) -> Iterator[Any]:
        """One customer's entry, pointer and parts."""
        account = side.account
        customer_id = account.profile.customer_id
        yield put(self._records, entry_row(enterprise, customer_id, side.entry))
        yield put(self._records, pointer_row(enterprise, account.profile, account.field_versions))
        yield from (put(self._records, row) for row in changed_part_rows(enterprise, whole.parts, account.parts))
        if account.parts is None:
            yield delete(self._records, record_key(enterprise, customer_id, PART))

    def _linked(
        self, enterprise: str, whole: Account, separation: Separation, holdings: Mapping[str, StoredHoldings]
    ) -> Iterator[Any]:
        """Who held the provider ids that one of the two has got back; and others, who had them meanwhile."""
        others: dict[str, tuple[Account, Account]] = {}
        for provider_id, after in separation.holdings.items():
            stored = holdings[provider_id]
            yield from self._own_entries.provider_ids.writes(stored, after)
            had = stored.holdings.link
            is_another = had and had != after.link and whole.parts and had.customer_id not in whole.parts.parts
            account = self._own_entries.account(enterprise, had.customer_id) if had and is_another else None
            if account:
                first, last = others.get(account.profile.customer_id, (account, account))
                others[account.profile.customer_id] = first, last.holding(provider_id, None)
        for first, last in others.values():
            profile = replace(last.profile, version=first.profile.version + 1)
            yield from replace_customer(self._customers, enterprise, first.profile, profile)
            yield put(self._records, pointer_row(enterprise, profile, last.field_versions))

    def _absorbed(self, enterprise: str, whole: Account, leaving: Leaving, survivor_id: str) -> Iterator[Any]:
        """Whom the part has absorbed, the part has again, and nobody who had absorbed the part."""
        assert whole.parts  # noqa: S101 - the part is one of them
        freed_id, absorbed_by = leaving.freed.customer_id, {each.absorbed_id: each for each in whole.parts.merges}
        had = [absorbed_by[freed_id].survivor_id]
        while had[-1] != survivor_id:
            had.append(absorbed_by[had[-1]].survivor_id)
        for each in leaving.absorbed:
            yield from (
                delete(self._records, record_key(enterprise, one, f"{ABSORBED}{each.customer_id}")) for one in had
            )
            if each.customer_id != freed_id:
                has_phone = any(lead["absorbed"] == {"S": each.customer_id} for lead in leaving.leads)
                yield put(self._records, absorbed_row(enterprise, freed_id, replace(each, phone_taken=not has_phone)))
                yield lead_on(self._records, enterprise, each.customer_id, freed_id)
