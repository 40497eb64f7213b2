"""Rebuild: replays a customer's ledger, compares the result with the tables, and repairs differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.enterprise import DEFAULT_ZONE
from customers.domain.identifiers.pseudonym import Secret
from customers.domain.refusals import Conflict, ValidationError
from customers.retries import retry_on_conflict
from customers.store.audit.comparison import Comparison
from customers.store.audit.differences import Rebuilt
from customers.store.audit.together import Window, windows
from customers.store.customers import snapshot_invalidation
from customers.store.customers.pointers import home_key, pointer_key
from customers.store.customers.row_writes import replace_customer
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import one_per_item
from customers.store.stats.mending import mending_writes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 20
"""Reads of a customer who is written to meanwhile."""
PAUSE = 0.05
"""The most seconds between two of them."""


class Rebuild:
    """Folds whole ledgers. Facts may be applied meanwhile. Everything raises `Unavailable`."""

    def __init__(
        self,
        client: DynamoDBClient,
        customers: str,
        records_table: str,
        derived: str,
        secret: Secret,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._client = client
        self._comparison = Comparison(client, customers, records_table, secret)
        self._customers = customers
        self._records = records_table
        self._derived = derived
        self._secret = secret
        self._attempts = attempts

    def customer_ids(self, enterprise: str) -> Iterator[str]:
        """All customers of an enterprise, erased ones too. Reads the whole table: for an operator's commands only."""
        rows = reads.scan_all(
            self._client,
            TableName=self._records,
            FilterExpression="begins_with(pk, :enterprise) AND sk = :pointer AND attribute_not_exists(merged_into)",
            ExpressionAttributeValues={":enterprise": {"S": f"{enterprise}#"}, ":pointer": {"S": "pointer"}},
            ProjectionExpression="pk",
        )
        for row in rows:
            yield row["pk"]["S"].removeprefix(f"{enterprise}#")

    def windows(self, enterprise: str) -> Iterator[Window]:
        """The same customers, read together with what is compared."""
        return windows(self._client, self._customers, self._records, self._derived, enterprise)

    def within(self, window: Window) -> Rebuild:
        """Compares what the window holds. Raises `NotReadError` where it does not hold enough."""
        client: Any = window
        return Rebuild(client, self._customers, self._records, self._derived, self._secret, attempts=1)

    def knows(self, enterprise: str, customer_id: str) -> bool:
        """Whether there is such a customer."""
        return bool(reads.get(self._client, self._records, pointer_key(enterprise, customer_id)))

    def compare(self, enterprise: str, customer_id: str, currency: str, zone: str = DEFAULT_ZONE) -> Rebuilt:
        """What the ledger says and what the tables hold, at one moment. `zone` is where the stats count the days.

        Raises `ValidationError`, `Conflict`.
        """
        return retry_on_conflict(
            lambda: self._consistent(enterprise, customer_id, currency, zone), self._attempts, PAUSE, PAUSE
        )

    def mend(
        self,
        enterprise: str,
        customer_id: str,
        currency: str,
        zone: str = DEFAULT_ZONE,
        *,
        accept_ledger: bool = False,
    ) -> tuple[str, ...]:
        """Write what differs, and return its names. Raises `ValidationError`, `Conflict`.

        `accept_ledger`: the customer follows the ledger as it is, also where that is not what was written.
        """
        mended: tuple[str, ...] = ()

        def attempt() -> tuple[str, ...]:
            compared = self._consistent(enterprise, customer_id, currency, zone, accept_ledger)
            if compared.differences:
                self._write(enterprise, customer_id, compared)
            return compared.differences

        for _ in range(ATTEMPTS):
            differences = retry_on_conflict(attempt, ATTEMPTS, PAUSE, PAUSE)
            if not differences:
                return mended
            mended = mended or differences
        raise Conflict

    def _consistent(
        self, enterprise: str, customer_id: str, currency: str, zone: str, accept_ledger: bool = False
    ) -> Rebuilt:
        """Raises `Conflict` where a writer came between the reads."""
        # The row is read first: if a writer comes between, its version makes a difference that a second look explains.
        row = self._row(enterprise, customer_id)
        try:
            compared = self._comparison.of(enterprise, customer_id, currency, zone, row, accept_ledger=accept_ledger)
        except ValidationError:
            if self._row(enterprise, customer_id) != row:
                raise Conflict from None
            raise
        if compared.differences and self._row(enterprise, customer_id) != row:
            raise Conflict
        return compared

    def _row(self, enterprise: str, customer_id: str) -> Item | None:
        pointer = reads.get(self._client, self._records, pointer_key(enterprise, customer_id))
        key = home_key(enterprise, customer_id, pointer) if pointer else None
        return reads.get(self._client, self._customers, key) if key else None

    def _write(self, enterprise: str, customer_id: str, compared: Rebuilt) -> None:
        """As much as one transaction takes. Raises `Conflict` if a writer was faster."""
        after = replace(compared.profile, version=compared.profile.version + 1)
        writes = [
            *replace_customer(self._customers, enterprise, compared.stored, after),
            *snapshot_invalidation.shut_off(self._records, enterprise, compared.stored, after),
            *mending_writes(self._records, self._derived, enterprise, compared.wrong, compared.records),
        ]
        # The rest comes at the next attempt.
        writes += compared.missing.writes[: transactions.AT_ONCE - len(writes)]
        transactions.commit(self._client, one_per_item(writes))
