"""Who has had a phone before, in the Records table. The key holds a pseudonym, not the phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from customers.domain.identifiers.identifier_holders import FormerHolder, IdentifierHolders
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import Secret, pseudonym
from customers.domain.instants import sortable_instant
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item, instant_of
from customers.store.dynamodb.transactions import put, require
from customers.store.facts.provider_holdings import HoldingsByProviderId, StoredHoldings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class HoldersByIdentifier:
    """One row of the Records table for each phone that somebody gave up. `secret` makes the pseudonyms."""

    def __init__(self, client: DynamoDBClient, records_table: str, secret: Secret) -> None:
        self._client = client
        self._records = records_table
        self._secret = secret
        self.provider_ids = HoldingsByProviderId(client, records_table, secret)
        """Who held each provider id."""

    def of(self, enterprise: str, phone: Phone) -> IdentifierHolders:
        """Strongly consistent, one request. Raises `Unavailable`."""
        return holders_of(reads.get(self._client, self._records, self.key(enterprise, phone)))

    def of_all(
        self, enterprise: str, phone: Phone, provider_ids: Sequence[str]
    ) -> tuple[IdentifierHolders, list[StoredHoldings]]:
        """The same for everything that identifies a customer, in one request. Raises `Unavailable`."""
        key = self.key(enterprise, phone)
        rows = reads.get_all(self._client, self._records, [key, *self.provider_ids.keys(enterprise, provider_ids)])
        former = next((row for row in rows if row["pk"] == key["pk"]), None)
        holdings = self.provider_ids.stored(enterprise, provider_ids, rows)
        return holders_of(former), holdings

    def put(self, enterprise: str, phone: Phone, before: IdentifierHolders, after: IdentifierHolders) -> Any:
        """Goes into the transaction by which a phone is given up; fails if it was given up since the read."""
        holders = [
            {"M": {"until": {"S": sortable_instant(each.until)}, "customer_id": {"S": each.customer_id}}}
            for each in after.holders
        ]
        row: Item = {
            **self.key(enterprise, phone),
            "tenures": {"L": holders},
            "revision": {"N": str(after.revision)},
        }
        return put(self._records, row, *_as_read(before))

    def require(self, enterprise: str, phone: Phone, before: IdentifierHolders) -> Any:
        """Goes into the transaction by which a customer gets the phone: its holders are as they were read."""
        return require(self._records, self.key(enterprise, phone), *_as_read(before))

    def key(self, enterprise: str, phone: Phone) -> Item:
        """The key of a phone's row."""
        name = pseudonym(self._secret, enterprise, phone.e164)
        return {"pk": {"S": f"{enterprise}#former#{name}"}, "sk": {"S": "tenures"}}


def _as_read(before: IdentifierHolders) -> tuple[str] | tuple[str, Item]:
    if before.revision == 0:
        return ("attribute_not_exists(pk)",)
    return "revision = :revision", {":revision": {"N": str(before.revision)}}


def holders_of(row: Item | None) -> IdentifierHolders:
    """Those of a row; nobody where there is none."""
    if row is None:
        return IdentifierHolders()
    holders = []
    for each in row["tenures"]["L"]:
        until = instant_of(each["M"], "until")
        assert until  # noqa: S101 - every tenure has an end
        holders.append(FormerHolder(until, each["M"]["customer_id"]["S"]))
    return IdentifierHolders(tuple(holders), int(row["revision"]["N"]))
