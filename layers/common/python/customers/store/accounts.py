"""What facts are folded into: read, strongly consistent, before each attempt to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from customers.domain.account import Account
from customers.domain.address import Address, CustomerId, ProviderId
from customers.domain.facts import (
    ConsentUpdated,
    CustomerFact,
    CustomerNews,
    Disabled,
    Enabled,
    PreferencesUpdated,
    PromoClosed,
    PromoGranted,
    Purchased,
    Refunded,
    Registered,
)
from customers.domain.phone import Phone
from customers.domain.profile import Profile
from customers.store import dynamo, records
from customers.store.rows import Item, customer_key, profile_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_EXPIRY = "by_expiry"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a provider id is by what has been said so far."""

    customer_id: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An account as far as some facts concern it, and of its stored transactions what the figures hold of them."""

    account: Account
    counted: Mapping[str, str | None] = field(default_factory=dict)


class Accounts:
    """The reads of the Customers and Records tables that applying a fact takes."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records_table

    def find(self, enterprise: str, address: Address) -> Profile | None:
        """The customer at an address of any kind."""
        match address:
            case Phone():
                row = self._get(self._customers, customer_key(enterprise, address))
                return profile_of(row) if row else None
            case CustomerId(value=customer_id):
                pointer = self._get(self._records, records.record_key(enterprise, customer_id, "pointer"))
                return self.find(enterprise, Phone(pointer["phone"]["S"])) if pointer else None
            case ProviderId(value=provider_id):
                owner = self.owner(enterprise, provider_id)
                return self.find(enterprise, CustomerId(owner.customer_id)) if owner else None

    def owner(self, enterprise: str, provider_id: str) -> Owner | None:
        """Whose a provider id is."""
        row = self._get(self._records, records.provider_owner_key(enterprise, provider_id))
        return Owner(row["customer_id"]["S"], row["stamp"]["S"]) if row else None

    def stored(self, facts: Sequence[CustomerFact], profile: Profile) -> Stored:
        """The account of a customer who has a row, as far as `facts` concern it, in at most two requests."""
        # All of it is read after the row: if a writer came between, the row's version makes this attempt fail.
        enterprise, customer_id = facts[0].enterprise, profile.customer_id
        named = sorted({sk for fact in facts if (sk := _concerns(fact.news))})
        keys = [records.record_key(enterprise, customer_id, sk) for sk in named]
        rows = {row["sk"]["S"]: row for row in dynamo.get_all(self._client, self._records, keys)}
        closing = sum(sk.startswith("grant#") for sk in named)
        soonest = self._soonest(enterprise, customer_id, closing + 1) if closing else []
        grants = map(records.grant_of, [*soonest, *(row for sk, row in rows.items() if sk.startswith("grant#"))])
        transactions = {sk: row for sk, row in rows.items() if sk.startswith(records.TRANSACTIONS)}
        return Stored(
            Account(
                profile,
                marks=records.marks_of(rows["pointer"]) if "pointer" in rows else {},
                grants={grant.grant_id: grant for grant in grants},
                transactions={sk: records.transaction_of(row) for sk, row in transactions.items()},
            ),
            {sk: row["counted"]["S"] if "counted" in row else None for sk, row in transactions.items()},
        )

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


def _concerns(news: CustomerNews) -> str | None:
    """The record that decides what the news changes: the marks of what can be stated anew, a grant, a transaction."""
    match news:
        case Registered() | Disabled() | Enabled() | PreferencesUpdated() | ConsentUpdated():
            return "pointer"
        case PromoGranted(grant_id=grant_id) | PromoClosed(grant_id=grant_id):
            return f"grant#{grant_id}"
        case Purchased(purchase_id=purchase_id):
            return f"purchase#{purchase_id}"
        case Refunded(refund_id=refund_id):
            return f"refund#{refund_id}"
        case _:
            return None
