"""Who held each provider id: one row of the Records table, read without an index, strongly consistent.

While somebody holds the id, the row's key has the id. Once its holder has been erased, the key has a pseudonym of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.provider_holdings import HoldingStatement, ProviderHoldings
from customers.domain.identifiers.pseudonym import Secret, named
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put, require
from customers.store.records.keys import provider_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class StoredHoldings:
    """The holdings of a provider id as they were read, and the rows that they were read from."""

    enterprise: str
    provider_id: str = field(repr=False)
    holdings: ProviderHoldings
    row: Item | None = field(repr=False)
    freed_row: Item | None = field(repr=False)


class HoldingsByProviderId:
    """`secret` makes the pseudonyms. Without it what erased customers held is not found, and nothing is written."""

    def __init__(self, client: DynamoDBClient, records_table: str, secret: Secret | None) -> None:
        self._client = client
        self._records = records_table
        self._secret = secret

    def of(self, enterprise: str, provider_id: str) -> StoredHoldings:
        """Strongly consistent, one request. Raises `Unavailable`."""
        (stored,) = self.of_each(enterprise, [provider_id])
        return stored

    def of_each(self, enterprise: str, provider_ids: Sequence[str]) -> list[StoredHoldings]:
        """The same for several, in their order, in one request for fifty. Raises `Unavailable`."""
        rows = reads.get_all(self._client, self._records, self.keys(enterprise, provider_ids))
        return self.stored(enterprise, provider_ids, rows)

    def keys(self, enterprise: str, provider_ids: Sequence[str]) -> list[Item]:
        """The keys of the rows that `stored` needs."""
        return [key for each in provider_ids for key in self._keys(enterprise, each)]

    def stored(self, enterprise: str, provider_ids: Sequence[str], rows: Sequence[Item]) -> list[StoredHoldings]:
        """The holdings in rows that have been read, perhaps among others."""
        by_key = {row["pk"]["S"]: row for row in rows}
        return [self._stored(enterprise, each, by_key) for each in provider_ids]

    def writes(self, stored: StoredHoldings, after: ProviderHoldings) -> Iterator[Any]:
        """The holdings afterwards, unless somebody else has written them since the read."""
        key, freed_key = self._both_keys(stored.enterprise, stored.provider_id)
        row = {"statements": {"L": [_attributes(each) for each in after.statements]}, **_revision(after)}
        if after.link:
            yield put(self._records, {**key, **row}, *_as_read(stored.row))
            if stored.freed_row:
                yield delete(self._records, freed_key, *_as_read(stored.freed_row))
            return
        yield put(self._records, {**freed_key, **row}, *_as_read(stored.freed_row))
        if stored.row:
            yield delete(self._records, key, *_as_read(stored.row))

    def require(self, stored: StoredHoldings) -> Any:
        """Nobody else has written them: a fact that names the id goes to whom `stored` says."""
        key, freed_key = self._both_keys(stored.enterprise, stored.provider_id)
        if stored.freed_row and not stored.row:
            return require(self._records, freed_key, *_as_read(stored.freed_row))
        return require(self._records, key, *_as_read(stored.row))

    def _stored(self, enterprise: str, provider_id: str, rows: dict[str, Item]) -> StoredHoldings:
        row, freed_row, *_ = *(rows.get(key["pk"]["S"]) for key in self._keys(enterprise, provider_id)), None
        return StoredHoldings(enterprise, provider_id, _holdings_of(row or freed_row or {}), row, freed_row)

    def _keys(self, enterprise: str, provider_id: str) -> tuple[Item, ...]:
        if self._secret is None:
            return (provider_key(enterprise, provider_id),)
        return self._both_keys(enterprise, provider_id)

    def _both_keys(self, enterprise: str, provider_id: str) -> tuple[Item, Item]:
        assert self._secret  # noqa: S101 - who writes has it
        name = named(self._secret, enterprise, ProviderId(provider_id))
        freed = {"pk": {"S": f"{enterprise}#freed#{name}"}, "sk": {"S": "holdings"}}
        return provider_key(enterprise, provider_id), freed


def _attributes(statement: HoldingStatement) -> Item:
    values = {"stamp": statement.stamp, "kind": statement.kind, "customer_id": statement.customer_id}
    void = {"void_from": statement.void_from} if statement.void_from else {}
    return {"M": {name: {"S": value} for name, value in {**values, **void}.items()}}


def _revision(holdings: ProviderHoldings) -> Item:
    return {"revision": {"N": str(holdings.revision)}}


def _holdings_of(row: Item) -> ProviderHoldings:
    statements = tuple(
        HoldingStatement(**{name: value["S"] for name, value in each["M"].items()})
        for each in row.get("statements", {"L": []})["L"]
    )
    return ProviderHoldings(statements, int(row["revision"]["N"]) if row else 0)


def _as_read(row: Item | None) -> tuple[str] | tuple[str, Item]:
    if row is None:
        return ("attribute_not_exists(pk)",)
    return "revision = :revision", {":revision": row["revision"]}
