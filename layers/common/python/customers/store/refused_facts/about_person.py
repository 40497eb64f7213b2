"""Finds the refused facts about a person by the pseudonyms of the addresses that they name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from customers.domain.facts.refused_facts import RefusedFact
from customers.domain.identifiers.pseudonym import Secret
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item, instant_of
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.refused_facts.marks import Marks
from customers.store.refused_facts.rows import ERASED, named_key
from customers.store.registry import Registry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 16
"""Facts in memory. Each has at most 300 KB."""
Read = Callable[[str, str | None], RefusedFact | None]
"""Reads a message, with the home region of its enterprise."""


class SetAside(Exception):  # noqa: N818 - the caller asks elsewhere
    """A fact about the person is in the operator's list, which no operation of the API may read."""


class RefusedFactsAboutPerson:
    """Strongly consistent reads of the RefusedFacts table. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, tables: tuple[str, str, str], secret: Secret, read: Read) -> None:
        """`tables` are those for refused facts, records and enterprises."""
        self._client = client
        self._table, records, enterprises = tables
        self._registry = Registry(client, enterprises)
        self.marks = Marks(client, self._table, HoldersByIdentifier(client, records, secret))
        self._read = read

    def of(
        self,
        enterprise: str,
        names: Sequence[str],
        ids: Collection[str],
        phones: Collection[str] = (),
        *,
        own_list: bool = False,
    ) -> Iterator[Item]:
        """Each row once, from either list. `names` are the pseudonyms of all addresses that the person ever had, `ids`
        the customer ids, `phones` (E.164) those that lead to the person now.

        One request for each name, and one for sixteen facts. With `own_list` it raises `SetAside` before it would read
        the operator's list.
        """
        seen: set[str] = set()
        region: list[str | None] = []
        for name in names:
            found = (row for row in self._leads(enterprise, name) if row["sk"]["S"] not in seen)
            while leads := list(islice(found, AT_ONCE)):
                region = region or [self._home_region(enterprise)]
                seen |= {row["sk"]["S"] for row in leads}
                keys = [{"pk": row["held"], "sk": row["sk"]} for row in leads]
                if own_list and any(key["pk"]["S"] != enterprise for key in keys):
                    raise SetAside
                for row in reads.get_all(self._client, self._table, keys):
                    if self._is_about(row, region[0], ids, phones):
                        yield row

    def _home_region(self, enterprise: str) -> str | None:
        settings = self._registry.settings(enterprise)
        return settings.home_region if settings else None

    def _leads(self, enterprise: str, name: str) -> Iterator[Item]:
        key = named_key(enterprise, name, ERASED)
        rows = reads.query_all(
            self._client, TableName=self._table, **reads.key_is("pk", key["pk"]["S"]), ConsistentRead=True
        )
        return (row for row in rows if row["sk"]["S"] != ERASED)

    def _is_about(self, row: Item, home_region: str | None, ids: Collection[str], phones: Collection[str]) -> bool:
        """It names an address that the person had. Perhaps it means somebody who had the address before or after."""
        fact, refused_at = self._read(row["body"]["S"], home_region), instant_of(row, "refused_at")
        assert refused_at  # noqa: S101 - every row has it
        return fact is None or self.marks.is_about(fact, ids, refused_at, phones)
