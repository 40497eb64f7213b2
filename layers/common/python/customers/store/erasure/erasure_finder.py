"""Finds an entry of the ledger of erasures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from customers.domain.erasure.plan import Erasure
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.erasure.rows import erasure_key, erasure_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ErasureFinder:
    """The Erasures table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @classmethod
    def connect(cls) -> ErasureFinder:
        """The table named by `ERASURES_TABLE`."""
        return cls(connect(), os.environ["ERASURES_TABLE"])

    def find(self, enterprise: str, erasure_id: str) -> Erasure | None:
        """Strongly consistent. Raises `Unavailable`."""
        row = reads.get(self._client, self._table, erasure_key(enterprise, erasure_id))
        # An erasure that waits has another row, which is none.
        return erasure_of(row) if row and "requested_at" in row else None
