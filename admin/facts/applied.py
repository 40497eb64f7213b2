"""Whether what a load sent has been applied, whatever else is in the queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from admin.facts.source import read_window
from customers.store.dynamodb import reads
from customers.store.records.fact_rows import fact_record_key
from customers.wire.facts.codec import read_fact
from customers.wire.facts.incoming import Incoming

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WINDOW = 500
"""Lines that are looked up together."""


class Applied:
    """Follows a file, and never goes back: a fact that has been applied stays so.

    The length of the queue alone does not tell: others send facts too, and a fact that waits for another one stays in
    the queue for minutes.
    """

    def __init__(self, client: DynamoDBClient, records_table: str, file: BinaryIO) -> None:
        self._client = client
        self._records = records_table
        self._file = file
        self._offset, self._line = 0, 0
        self._seen = False

    def all(self) -> bool:
        """Every fact about a customer that the file holds has its record, and there is such a fact."""
        while True:
            window = read_window(self._file, self._offset, self._line, WINDOW)
            if window.line == self._line:
                return self._seen
            ids = set(_about_customers(window.facts))
            keys = [fact_record_key(enterprise, fact_id) for enterprise, fact_id in ids]
            if len(reads.get_all(self._client, self._records, keys)) < len(keys):
                return False
            self._seen = self._seen or bool(keys)
            self._offset, self._line = window.offset, window.line


def _about_customers(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Enterprise and fact id of each fact that is about a customer."""
    now = datetime.now(UTC)
    for text in texts:
        fact = read_fact(text, now)
        if isinstance(fact, Incoming):
            yield fact.enterprise, fact.detail.fact_id
