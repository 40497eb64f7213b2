"""A late statement about a provider id moves the entries that named it to its holder of that time.

Both ledgers are read and folded anew. A transaction moves entries together with what they sum up to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account, FieldVersions, shown_provider_ids, with_links_of
from customers.domain.facts.fact import LedgerEntry
from customers.domain.facts.parts.checksums import departed, entered
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.pseudonym import Secret, named
from customers.domain.refusals import CannotApply
from customers.domain.replay import replay
from customers.store.customers.part_rows import part_row
from customers.store.customers.pointers import pointer_row
from customers.store.customers.row_writes import replace_customer
from customers.store.customers.stored_checksums import with_stored_checksums
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put
from customers.store.facts.linking.move import Move
from customers.store.facts.linking.residual_refold import residual_refolded
from customers.store.facts.linking.tables import Tables
from customers.store.records.absorbed_rows import part_ids
from customers.store.records.account_rows import expected_sums
from customers.store.records.entry_hashes import checksums_of
from customers.store.records.fact_rows import fact_record_key
from customers.store.records.keys import owner_of, record_key
from customers.store.records.ledger_entries import LedgerEntries, name_of, wrong_records
from customers.store.records.ledger_rows import LEDGER, ledger_entry_of
from customers.store.stats.mending import mending_writes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class LateMoves:
    """Reads ledgers, and gives the writes. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, tables: Tables, secret: Secret) -> None:
        self._client = client
        self._tables = tables
        self._secret = secret
        self._entries = LedgerEntries(client, tables.records)

    def named(self, enterprise: str, profile: Profile, provider_id: str, since: str) -> Iterator[Item]:
        """The entries of a customer that named a provider id, from a sortable instant on; an empty one for all."""
        for part_id in part_ids(self._client, self._tables.records, enterprise, profile.customer_id, profile.absorbed):
            rows = reads.query_all(
                self._client,
                TableName=self._tables.records,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :since AND :until",
                FilterExpression="named = :named",
                ExpressionAttributeValues={
                    ":pk": {"S": f"{enterprise}#{part_id}"},
                    ":since": {"S": f"{LEDGER}{since}"},
                    ":until": {"S": f"{LEDGER}~"},
                    ":named": {"S": named(self._secret, enterprise, ProviderId(provider_id))},
                },
                ConsistentRead=True,
            )
            yield from (row for row in rows if "scrubbed" not in row)

    def writes(
        self,
        enterprise: str,
        moves: Sequence[Move],
        accounts: Mapping[str, Account],
        holding: Mapping[str, FieldVersions],
        added: Mapping[str, Mapping[str, bytes]],
    ) -> Iterator[Any]:
        """The entries under the ids of their takers, and everything that follows from them.

        `accounts` are all customers as they were read. `holding` has the field versions of those whose provider ids
        change; `added` the checksums, by part, of new entries beside those that move. Raises `CannotApply` if a taker
        cannot have an entry.
        """
        for move in moves:
            yield from self._move(enterprise, move)
        yield from self._records(enterprise, moves)
        for each in dict.fromkeys(each for move in moves for each in (move.giver, move.taker)):
            yield from self.refolded(enterprise, accounts[each], moves, holding.get(each), added.get(each, {}))

    def _move(self, enterprise: str, move: Move) -> Iterator[Any]:
        yield delete(self._tables.records, {"pk": move.row["pk"], "sk": move.row["sk"]}, "attribute_exists(pk)")
        yield put(self._tables.records, _moved(enterprise, move))

    def _records(self, enterprise: str, moves: Sequence[Move]) -> Iterator[Any]:
        """The records of the facts say who has them now, so that none of them counts twice."""
        takers = {fact_key(enterprise, move)["pk"]["S"]: move.taker for move in moves}
        for row in reads.get_all(self._client, self._tables.records, [fact_key(enterprise, move) for move in moves]):
            yield put(self._tables.records, {**row, "customer_id": {"S": takers[row["pk"]["S"]]}})

    def refolded(
        self,
        enterprise: str,
        before: Account,
        moves: Sequence[Move],
        holding: FieldVersions | None,
        added: Mapping[str, bytes],
    ) -> Iterator[Any]:
        """All that follows for one of the customers. An erased one only gives."""
        profile, customer_id = before.profile, before.profile.customer_id
        gone = {name_of(move.row, customer_id) for move in moves if move.giver == customer_id}
        taken = checksums_of(self._secret, enterprise, [move.row for move in moves if move.giver == customer_id])
        if profile.erased:
            yield from residual_refolded(self._entries, self._tables, enterprise, before, gone, (taken, added))
            return
        held = self._entries.records(enterprise, customer_id)
        come = [replace(ledger_entry_of(move.row), scope=move.scope) for move in moves if move.taker == customer_id]
        kept = self._entries.entries_in({name: row for name, row in held.items() if name not in gone}, customer_id)
        account = _folded(before, [*kept, *come], before.field_versions if holding is None else holding)
        account = with_stored_checksums(self._client, self._tables.records, enterprise, before, account)
        given = [_moved(enterprise, move) for move in moves if move.taker == customer_id]
        account = departed(account, taken)
        account = entered(entered(account, checksums_of(self._secret, enterprise, given)), added)
        after = replace(account.profile, version=profile.version + 1, held_since=profile.held_since, left=profile.left)
        yield from replace_customer(self._tables.customers, enterprise, profile if profile.version else None, after)
        if account.parts:
            for part_id in _parts_of(customer_id, moves) | {*added}:
                yield put(self._tables.records, part_row(enterprise, part_id, account.parts.parts[part_id]))
        pointer = pointer_row(enterprise, account.profile, account.field_versions)
        wrong = wrong_records([pointer, *expected_sums(enterprise, account, held)], held, customer_id)
        yield from mending_writes(self._tables.records, self._tables.derived, enterprise, wrong, held)


def _moved(enterprise: str, move: Move) -> Item:
    return {**move.row, **record_key(enterprise, move.part, move.row["sk"]["S"])}


def _parts_of(customer_id: str, moves: Sequence[Move]) -> set[str]:
    """The parts of a customer that entries come to or go from."""
    given = {owner_of(move.row) for move in moves if move.giver == customer_id}
    return given | {move.part for move in moves if move.taker == customer_id}


def _folded(before: Account, entries: Sequence[LedgerEntry], holding: FieldVersions) -> Account:
    """Provider ids are not folded from one ledger alone: `holding` says which of them the customer has."""
    profile = before.profile
    blank = Account(Profile(profile.customer_id, profile.phone, profile.currency))
    account, _, refused = replay(blank, entries)
    if refused:
        reason = next(iter(refused.values()))
        raise CannotApply("provider_customer_id", f"would move a fact to a customer who cannot have it: {reason}")
    versions = with_links_of(holding, account)
    account = replace(account, field_versions=versions)
    return account.with_profile(provider_ids=shown_provider_ids(versions))


def fact_key(enterprise: str, move: Move) -> Item:
    """The key of the record of the fact whose entry moves."""
    return fact_record_key(enterprise, move.row["sk"]["S"].split("#", 2)[2])
