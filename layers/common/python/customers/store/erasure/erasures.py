"""Erasing: one transaction, after which no reader finds the person. A sweep removes the rest of the data later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.erasure.plan import Erasure, erased_profile
from customers.domain.events.published import customer_erased
from customers.domain.facts.account import Account
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identifiers.address import Address, ProviderId
from customers.domain.identifiers.pseudonym import Secret, named
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.customers import snapshot_invalidation
from customers.store.customers.keys import customer_key
from customers.store.customers.pointers import erased_pointer_row
from customers.store.customers.row_writes import remove_copies, unchanged
from customers.store.customers.rows import customer_rows
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.transactions import delete, put
from customers.store.erasure import ledger_books
from customers.store.erasure.erasure_finder import ErasureFinder
from customers.store.erasure.rows import erasure_key, erasure_row, waiting_key
from customers.store.erasure.sweep_jobs import progress_of
from customers.store.erasure.waiting_erasures import WaitingErasures
from customers.store.events.outbox import outbox_row
from customers.store.facts.accounts import Accounts
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.idempotency import answered
from customers.store.records.absorbed_rows import absorbed_ids
from customers.store.records.keys import record_key
from customers.store.request_traces import traced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Erasures:
    """Writes to the tables for customers, records, receipts and erasures. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, tables: tuple[str, str, str, str], secret: Secret) -> None:
        """`tables` are those for customers, records, receipts and erasures."""
        self._client = client
        self._customers, self._records, self._receipts, self._erasures = tables
        self._secret = secret
        self._identifier_holders = HoldersByIdentifier(client, self._records, secret)
        self._finder = CustomerFinder(client, self._customers, self._records, self._identifier_holders)
        self._accounts = Accounts(client, self._records, self._finder)
        self.waiting = WaitingErasures(client, tables)
        """Those that wait for money."""

    @classmethod
    def connect(cls) -> Erasures:
        """The tables by their variables, and `PSEUDONYM_KEY`."""
        customers, records_table, receipts, erasures = (
            os.environ[f"{role}_TABLE"] for role in ("CUSTOMERS", "RECORDS", "RECEIPTS", "ERASURES")
        )
        tables = (customers, records_table, receipts, erasures)
        return cls(connect(), tables, DerivedKeys.of_pseudonyms().key)

    def account(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, or the survivor for an absorbed id. Raises `Conflict`."""
        return self._accounts.account(enterprise, customer_id)

    def has_books(self, enterprise: str, profile: Profile) -> bool:
        """Whether the ledger rules out a hard delete. Read it after the account: see `ledger_books`."""
        return ledger_books.has_books(self._client, self._records, enterprise, profile)

    def erased_by(self, enterprise: str, customer_id: str) -> str | None:
        """The id of the latest erasure that a customer was erased by."""
        pointer = self._finder.pointer(enterprise, customer_id)
        return pointer["erasure_id"]["S"] if pointer and "erasure_id" in pointer else None

    def absorbed(self, enterprise: str, profile: Profile) -> tuple[str, ...]:
        """The ids of the customers whom a customer has absorbed. No request where there are none."""
        if not profile.absorbed:
            return ()
        return tuple(absorbed_ids(self._client, self._records, enterprise, profile.customer_id))

    def erased_ids(self, enterprise: str, erasure_id: str, customer_id: str) -> tuple[str, ...]:
        """All ids of a person whom an erasure has erased. At most two requests."""
        row = reads.get(self._client, self._erasures, erasure_key(enterprise, erasure_id))
        # The sweep notes them before it removes the rows that name them.
        if row and (ids := progress_of(row).ids):
            return ids
        return (customer_id, *absorbed_ids(self._client, self._records, enterprise, customer_id))

    def find(self, enterprise: str, erasure_id: str) -> Erasure | None:
        """An entry of the ledger."""
        return ErasureFinder(self._client, self._erasures).find(enterprise, erasure_id)

    def erase(
        self,
        enterprise: str,
        account: Account,
        erasure: Erasure,
        idempotency_key: IdempotencyKey | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """Everything that readers see of an erasure: carried out, whether it is new or has waited until now.

        Raises `Conflict` where the customer has changed since the account was read, or has been erased meanwhile.
        """
        profile, customer_id = account.profile, account.profile.customer_id
        # One that has waited may be of a customer who was merged meanwhile: then the survivor is erased.
        waited, erasure = erasure.customer_id, replace(erasure, customer_id=customer_id)
        asked = []
        if idempotency_key and record:
            asked = answered(self._receipts, enterprise, idempotency_key, record)
        writes = [
            *asked,
            # The condition on the customer's row rules out a second erasure.
            put(self._erasures, erasure_row(enterprise, erasure, self._names(enterprise, profile))),
            *(delete(self._erasures, waiting_key(enterprise, each)) for each in {waited, customer_id}),
            *self._leave(enterprise, profile, erasure),
            put(self._records, erased_pointer_row(enterprise, customer_id, erasure.erased)),
            *self._give_up(enterprise, profile, erasure),
            delete(self._records, record_key(enterprise, customer_id, "verification")),
            snapshot_invalidation.departure(self._records, enterprise),
            put(self._records, outbox_row(enterprise, customer_id, customer_erased(enterprise, erasure))),
        ]
        transactions.commit(self._client, traced(enterprise, writes))

    def _names(self, enterprise: str, profile: Profile) -> list[str]:
        """The pseudonyms by which the sweep finds refused facts, when nothing else says the person's phone any more."""
        addresses: list[Address] = [profile.phone, *map(ProviderId, profile.provider_ids)]
        return [named(self._secret, enterprise, each) for each in addresses]

    def _leave(self, enterprise: str, profile: Profile, erasure: Erasure) -> Iterator[Any]:
        """The customer's row and its copies go, and the residual row lies elsewhere."""
        yield delete(self._customers, customer_key(enterprise, profile.phone), *unchanged(profile))
        yield from remove_copies(self._customers, enterprise, profile)
        (left,) = customer_rows(enterprise, erased_profile(profile, erasure.erased))
        yield put(self._customers, left, "attribute_not_exists(pk)")

    def _give_up(self, enterprise: str, profile: Profile, erasure: Erasure) -> Iterator[Any]:
        """The phone and provider ids are free, and their holder is noted: a late fact must not open a new record."""
        former, held = self._identifier_holders.of_all(enterprise, profile.phone, profile.provider_ids)
        given_up = former.given_up(erasure.erased.at, profile.customer_id)
        yield self._identifier_holders.put(enterprise, profile.phone, former, given_up)
        for stored in held:
            if stored.holdings.link:
                yield from self._identifier_holders.provider_ids.writes(
                    stored, stored.holdings.freed(erasure.erased.at, erasure.id)
                )
