"""All that is held of one customer, for an export: read at once where it is little, else page by page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.export import Held
from customers.store.customers.customers_by_id import entry_of
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.records import ABSORBED, LEDGER, TRANSACTIONS, absorbed_of, grant_of, is_folded, transaction_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 2_000
"""Rows that are read for one request, if they are no more than the megabyte that DynamoDB gives at once."""
PAGE = 2_000
"""Rows that are in memory at a time where there are more, under the same condition."""


class Holdings:
    """Strongly consistent reads of the Records table."""

    def __init__(self, client: DynamoDBClient, records: str) -> None:
        self._client = client
        self._records = records

    @classmethod
    def connect(cls) -> Holdings:
        """The table named by `RECORDS_TABLE`."""
        return cls(dynamo.connect_patiently(), os.environ["RECORDS_TABLE"])

    def at_once(self, enterprise: str, profile: Profile) -> Held | None:
        """In one request; None where that does not bring all of it."""
        page = self._query(enterprise, profile, "", Limit=AT_ONCE)
        if "LastEvaluatedKey" in page:
            return None
        rows: list[Item] = page["Items"]
        return _held(profile, lambda kind: (row for row in rows if row["sk"]["S"].startswith(kind)))

    def in_pages(self, enterprise: str, profile: Profile) -> Held:
        """However much there is, read as it is gone through: the ledger twice, for what tills record lies in it."""
        return _held(profile, lambda kind: self._pages(enterprise, profile, kind))

    def _pages(self, enterprise: str, profile: Profile, kind: str) -> Iterator[Item]:
        further: dict[str, Any] | None = {}
        while further is not None:
            page = self._query(enterprise, profile, kind, Limit=PAGE, **further)
            further = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else None
            # Taken out of the answer, so that it is gone before the next one comes.
            yield from page.pop("Items")

    def _query(self, enterprise: str, profile: Profile, kind: str, **how: Any) -> Any:
        values: Any = {":pk": {"S": f"{enterprise}#{profile.customer_id}"}, **({":kind": {"S": kind}} if kind else {})}
        with dynamo.answering():
            return self._client.query(
                TableName=self._records,
                KeyConditionExpression="pk = :pk" + (" AND begins_with(sk, :kind)" if kind else ""),
                ExpressionAttributeValues=values,
                ConsistentRead=True,
                **how,
            )


def _held(profile: Profile, rows: Callable[[str], Iterator[Item]]) -> Held:
    """`rows` gives those whose sort key begins so, in its order."""
    return Held(
        profile,
        ledger=(entry_of(row) for row in rows(LEDGER) if is_folded(row)),
        events=(entry_of(row) for row in rows(LEDGER) if not is_folded(row)),
        grants=map(grant_of, rows("grant#")),
        transactions=(transaction_of(row) for kind in TRANSACTIONS for row in rows(kind)),
        absorbed=map(absorbed_of, rows(ABSORBED)),
    )
