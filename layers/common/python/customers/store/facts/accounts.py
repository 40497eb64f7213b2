"""What facts are folded into: read, strongly consistent, before each attempt to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account, scoped
from customers.domain.facts.fact import (
    ConsentUpdated,
    Corrected,
    CustomerFact,
    CustomerPayload,
    Disabled,
    Enabled,
    PreferencesUpdated,
    PromoClosed,
    PromoGranted,
    Purchased,
    Refunded,
    Registered,
    Verified,
)
from customers.domain.identifiers.address import Address, CustomerId, ProviderId
from customers.domain.identifiers.identifier_holders import Former
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Conflict, NotYet
from customers.store import records
from customers.store.customers.rows import Item, customer_key, instant_of, profile_of
from customers.store.dynamodb import dynamo
from customers.store.facts.identifier_holders import Formers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_EXPIRY = "by_expiry"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a provider id is by what has been said so far."""

    customer_id: str
    order: str

    @property
    def since(self) -> datetime:
        """When it was linked."""
        return records.stamp_of(self.order).occurred_at


@dataclass(frozen=True, slots=True)
class Found:
    """Whom an address leads to at an instant. `scope` is the absorbed customer whom it names, if it names one.

    `former` says who has had the phone before, where that was looked up; else nothing.
    """

    profile: Profile | None
    scope: str = ""
    former: Former = field(default_factory=Former)


NOBODY = Found(None)


@dataclass(frozen=True, slots=True)
class Stored:
    """An account as far as some facts concern it, and of its stored transactions what the figures hold of them."""

    account: Account
    counted: Mapping[str, str | None] = field(default_factory=dict)


class Accounts:
    """The reads of the Customers and Records tables that applying a fact takes."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str, formers: Formers) -> None:
        self._client = client
        self._customers = customers
        self._records = records_table
        self._formers = formers

    def find(self, enterprise: str, address: Address, at: datetime) -> Found:
        """The customer whom an address of any kind meant at an instant."""
        match address:
            case Phone():
                return self._at_phone(enterprise, address, at)
            case CustomerId(value=customer_id):
                return self.by_id(enterprise, customer_id)
            case ProviderId():
                return self._with_provider_id(enterprise, address, at)

    def _at_phone(self, enterprise: str, phone: Phone, at: datetime) -> Found:
        row = self._get(self._customers, customer_key(enterprise, phone))
        since = instant_of(row, "held_since") if row else None
        if row is None or (since and at < since):
            former = self._formers.of(enterprise, phone)
            if holder := former.holder(at):
                return replace(self.by_id(enterprise, holder), former=former)
            if row is None:
                return Found(None, former=former)
        if "leads_to" in row:
            found = replace(self.by_id(enterprise, row["leads_to"]["S"]), scope=row["absorbed"]["S"])
            if found.profile and found.profile.erased and at >= found.profile.erased.at:
                raise NotYet("customer", "whoever had this phone has been erased, and it is being freed")
            return found
        return Found(profile_of(row))

    def _with_provider_id(self, enterprise: str, provider_id: ProviderId, at: datetime) -> Found:
        """Before it was linked to whom it is of now, it may have been of somebody who is erased."""
        owner = self.owner(enterprise, provider_id.value)
        if owner is None or at < owner.since:
            former = self._formers.of(enterprise, provider_id)
            if holder := former.holder(at):
                return replace(self.by_id(enterprise, holder), former=former)
        return self.by_id(enterprise, owner.customer_id) if owner else NOBODY

    def by_id(self, enterprise: str, customer_id: str) -> Found:
        """The customer of an id, of an absorbed one the survivor; of who is erased what is left."""
        pointer = self.pointer(enterprise, customer_id)
        if pointer is None:
            return NOBODY
        whose = whose_is(pointer)
        key = records.home_key(enterprise, whose, pointer)
        assert key  # noqa: S101 - no pointer is given that leads to another
        row = self._get(self._customers, key)
        if row is None or row.get("customer_id") != {"S": whose}:
            # Between the two reads the customer has got another phone, or has been absorbed or erased.
            raise Conflict
        return Found(profile_of(row), customer_id if customer_id != whose else "")

    def account(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, of an absorbed one the survivor, with the marks. Raises `Conflict`, `Unavailable`."""
        with dynamo.answering():
            profile = self.by_id(enterprise, customer_id).profile
            if profile and profile.erased:
                return None
            # After the row: if a writer came between, the row's version makes the attempt fail.
            pointer = self.pointer(enterprise, profile.customer_id) if profile else None
        if pointer and "marks" not in pointer:
            # Erased between the two.
            raise Conflict
        return Account(profile, records.marks_of(pointer)) if profile and pointer else None

    def pointer(self, enterprise: str, customer_id: str) -> Item | None:
        """Where a customer's row is and whose it is (`whose_is`), by id; of an absorbed customer the survivor's."""
        while True:
            pointer = self._get(self._records, records.record_key(enterprise, customer_id, "pointer"))
            if pointer is None or "merged_into" not in pointer:
                return pointer
            # Comes here twice only where a survivor has been absorbed in turn a moment ago.
            customer_id = pointer["merged_into"]["S"]

    def owner(self, enterprise: str, provider_id: str) -> Owner | None:
        """Whose a provider id is."""
        row = self._get(self._records, records.provider_owner_key(enterprise, provider_id))
        return Owner(row["customer_id"]["S"], row["stamp"]["S"]) if row else None

    def stored(self, facts: Sequence[CustomerFact], profile: Profile) -> Stored:
        """The account of a customer who has a row, as far as `facts` concern it, in at most two requests."""
        # All of it is read after the row: if a writer came between, the row's version makes this attempt fail.
        enterprise, customer_id = facts[0].enterprise, profile.customer_id
        named = sorted({sk for fact in facts if (sk := _concerns(fact.payload, fact.scope))})
        keys = [records.record_key(enterprise, customer_id, sk) for sk in named]
        rows = {row["sk"]["S"]: row for row in dynamo.get_all(self._client, self._records, keys)}
        closing = sum(sk.startswith("grant#") for sk in named)
        if profile.absorbed:
            for fact in facts:
                if isinstance(fact.payload, PromoClosed) and _concerns(fact.payload, fact.scope) not in rows:
                    rows |= self._of_absorbed(enterprise, customer_id, fact.payload.grant_id)
        soonest = self._soonest(enterprise, customer_id, closing + 1) if closing else []
        grants = map(records.grant_of, [*soonest, *(row for sk, row in rows.items() if sk.startswith("grant#"))])
        transactions = {sk: row for sk, row in rows.items() if sk.startswith(records.TRANSACTIONS)}
        return Stored(
            Account(
                profile,
                field_versions=records.marks_of(rows["pointer"]) if "marks" in rows.get("pointer", {}) else {},
                grants={grant.key: grant for grant in grants},
                transactions={sk: records.transaction_of(row) for sk, row in transactions.items()},
            ),
            {sk: row["counted"]["S"] if "counted" in row else None for sk, row in transactions.items()},
        )

    def _of_absorbed(self, enterprise: str, customer_id: str, grant_id: str) -> dict[str, Item]:
        """The grants of a number that came with absorbed customers: whoever ends one may have named the survivor."""
        beginning = scoped("grant", grant_id, "usr_")
        pages = self._client.get_paginator("query").paginate(
            TableName=self._records,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :beginning)",
            ExpressionAttributeValues={":pk": {"S": f"{enterprise}#{customer_id}"}, ":beginning": {"S": beginning}},
            ConsistentRead=True,
        )
        return {row["sk"]["S"]: row for page in pages for row in page["Items"] if row["grant_id"]["S"] == grant_id}

    def _soonest(self, enterprise: str, customer_id: str, count: int) -> list[Item]:
        """The open grants that expire first: one more than may be closed tells the first expiry afterwards."""
        return self._client.query(
            TableName=self._records,
            IndexName=BY_EXPIRY,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{enterprise}#{customer_id}"}},
            ConsistentRead=True,
            Limit=count,
        )["Items"]

    def _get(self, table: str, key: Item) -> Item | None:
        return self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def whose_is(pointer: Item) -> str:
    """The id of the customer whom a pointer is of."""
    return str(pointer["pk"]["S"].partition("#")[2])


def _concerns(payload: CustomerPayload, scope: str) -> str | None:
    """The record that decides what the news changes: the marks of what can be stated anew, a grant, a transaction."""
    match payload:
        case Registered() | Verified() | Disabled() | Enabled() | PreferencesUpdated() | ConsentUpdated() | Corrected():
            return "pointer"
        case PromoGranted(grant_id=grant_id) | PromoClosed(grant_id=grant_id):
            return scoped("grant", grant_id, scope)
        case Purchased(purchase_id=purchase_id):
            return scoped("purchase", purchase_id, scope)
        case Refunded(refund_id=refund_id):
            return scoped("refund", refund_id, scope)
        case _:
            return None
