"""What a fact is folded into: read, strongly consistent, before each attempt to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from customers.domain.address import Address, CustomerId, ProviderId
from customers.domain.facts import (
    ConsentUpdated,
    CustomerFact,
    Disabled,
    Enabled,
    PreferencesUpdated,
    PromoClosed,
    PromoGranted,
    ProviderIdLinked,
    Registered,
)
from customers.domain.phone import Phone
from customers.domain.profile import Profile
from customers.domain.projection import Account, Grant, Marks
from customers.store import records
from customers.store.rows import Item, customer_key, profile_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_EXPIRY = "by_expiry"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a provider id is by what has been said so far."""

    customer_id: str
    stamp: str


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
                owner = self._get(self._records, records.provider_owner_key(enterprise, provider_id))
                return self.find(enterprise, CustomerId(owner["customer_id"]["S"])) if owner else None

    def owner(self, fact: CustomerFact) -> Owner | None:
        """Whose the provider id is that a fact links; None for any other fact."""
        if not isinstance(fact.news, ProviderIdLinked):
            return None
        key = records.provider_owner_key(fact.enterprise, fact.news.provider_customer_id)
        row = self._get(self._records, key)
        return Owner(row["customer_id"]["S"], row["stamp"]["S"]) if row else None

    def of(self, fact: CustomerFact, profile: Profile, *, is_new: bool, owner: Owner | None) -> Account:
        """The account as far as `fact` concerns it."""
        # All of it is read after the profile: if a writer came between, its version makes this attempt fail.
        match fact.news:
            case Registered() | Disabled() | Enabled() | PreferencesUpdated() | ConsentUpdated() if not is_new:
                return Account(profile, marks=self._marks(fact.enterprise, profile.customer_id))
            case PromoGranted(grant_id=grant_id) | PromoClosed(grant_id=grant_id):
                return Account(profile, grants=self._grants(fact.enterprise, profile.customer_id, grant_id))
            case ProviderIdLinked(provider_customer_id=linked):
                lost = owner and owner.customer_id != profile.customer_id and owner.stamp > str(fact.stamp)
                return Account(profile, outclaimed=frozenset({linked}) if lost else frozenset())
            case _:
                return Account(profile)

    def _marks(self, enterprise: str, customer_id: str) -> Marks:
        pointer = self._get(self._records, records.record_key(enterprise, customer_id, "pointer"))
        return records.marks_of(pointer) if pointer else {}

    def _grants(self, enterprise: str, customer_id: str, grant_id: str) -> dict[str, Grant]:
        """The grant named and the two open ones that expire first: enough to tell the first expiry afterwards."""
        key = records.record_key(enterprise, customer_id, f"grant#{grant_id}")
        named = self._get(self._records, key)
        soonest = self._client.query(
            TableName=self._records,
            IndexName=BY_EXPIRY,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": key["pk"]},
            ConsistentRead=True,
            Limit=2,
        )["Items"]
        return {grant.grant_id: grant for grant in map(records.grant_of, filter(None, [*soonest, named]))}

    def _get(self, table: str, key: Item) -> Item | None:
        return self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
