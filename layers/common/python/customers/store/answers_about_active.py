"""Stored answers to a till. None is repeated about a customer who has been disabled since."""

from __future__ import annotations

from customers.domain.customers.status import identify
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.store.customers.customers_by_id import CustomersById
from customers.store.idempotency import IdempotencyRecords


class AnswersAboutActive:
    """Strongly consistent reads."""

    def __init__(self, records: IdempotencyRecords, customers_by_id: CustomersById) -> None:
        self._records = records
        self._customers_by_id = customers_by_id

    @classmethod
    def connect(cls) -> AnswersAboutActive:
        """The tables named by `RECEIPTS_TABLE`, `RECORDS_TABLE` and `CUSTOMERS_TABLE`."""
        return cls(IdempotencyRecords.connect(), CustomersById.connect())

    def find(self, enterprise: str, idempotency_key: IdempotencyKey) -> IdempotencyRecord | None:
        """As `IdempotencyRecords.find`, but None for an answer about a customer who is disabled now.

        Then the request is carried out again. It finds a stranger and writes nothing. An answer about a customer costs
        two requests more, three if the customer was merged. Raises `NotFound`, `Unavailable`.
        """
        record = self._records.find(enterprise, idempotency_key)
        if record is None or record.customer_id is None:
            return record
        _, known = identify(self._customers_by_id.find(enterprise, record.customer_id))
        return record if known else None
