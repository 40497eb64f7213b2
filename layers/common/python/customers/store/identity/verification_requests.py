"""What is written beside the move of a phone, so that a link to verify it goes out: not more often than may be."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.events.published import verification_requested
from customers.domain.identifiers.pseudonym import pseudonym
from customers.domain.identity.throttle import WITHIN, one_more
from customers.domain.identity.verification import Verification
from customers.domain.instants import sortable_instant
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put
from customers.store.events.outbox import outbox_row
from customers.store.identity.verifications import verification_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class VerificationRequests:
    """Of the Verifications table the rows that count how often links were asked for."""

    def __init__(self, client: DynamoDBClient, records: str, links: str, secret: str) -> None:
        self._client = client
        self._records = records
        self._links = links
        self._secret = secret

    @classmethod
    def connect(cls) -> VerificationRequests:
        """The tables named by `RECORDS_TABLE` and `VERIFICATIONS_TABLE`, the secret in `PSEUDONYM_SECRET`."""
        names = ("RECORDS_TABLE", "VERIFICATIONS_TABLE", "PSEUDONYM_SECRET")
        return cls(dynamo.connect(), *(os.environ[name] for name in names))

    def writes(self, enterprise: str, customer_id: str, verification: Verification, now: datetime) -> list[Any]:
        """To be put into the transaction that moves the phone: what is asked, the event that has a link sent, and
        that it is counted. One request. Raises `Throttled`; where two ask at once, the transaction is `Conflict`.
        """
        # Of the number nothing can be read: who may look at this table learns nobody's.
        number = pseudonym(self._secret, enterprise, verification.phone.e164)
        keys = [f"{enterprise}#links#{each}" for each in (number, customer_id)]
        found = {
            row["pk"]["S"]: row
            for row in dynamo.get_all(self._client, self._links, [{"pk": {"S": key}} for key in keys])
        }
        before = [found.get(key) for key in keys]
        after = one_more(*map(_asked, before), now=now)
        event = verification_requested(enterprise, customer_id, verification)
        return [
            put(self._records, verification_row(enterprise, customer_id, verification)),
            put(self._records, outbox_row(enterprise, customer_id, event)),
            *(self._count(key, row, asked) for key, row, asked in zip(keys, before, after, strict=True)),
        ]

    def _count(self, key: str, before: Item | None, asked: Sequence[datetime]) -> Any:
        row = {
            "pk": {"S": key},
            "asked": {"L": [{"S": sortable_instant(at)} for at in asked]},
            "ttl": {"N": str(int((asked[-1] + WITHIN).timestamp()) + 1)},
        }
        if before is None:
            return put(self._links, row, "attribute_not_exists(pk)")
        return put(self._links, row, "asked = :before", {":before": before["asked"]})


def _asked(row: Item | None) -> list[datetime]:
    return [datetime.fromisoformat(at["S"]).astimezone(UTC) for at in row["asked"]["L"]] if row else []
