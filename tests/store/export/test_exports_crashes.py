"""An export that is killed after any call that changes something: the next call ends right.

No link ever leads to half a file.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from mypy_boto3_s3 import S3Client

from customers.domain.export import Export
from customers.store.export import export_source
from tests.support.books import RECORDS, Books, Town
from tests.support.crashes import Crash, changing
from tests.support.exports import Kit

pytestmark = pytest.mark.slow

NOW = datetime(2026, 6, 5, 9, 10, tzinfo=UTC)


def dying(at: int) -> Kit:
    """A process that is killed just after its n-th call, and does nothing any more."""
    calls: list[str] = []

    def count(operation: str) -> None:
        calls.append(operation)
        if len(calls) >= at:
            raise Crash

    return Kit("after-call", count)


def counted(act: Callable[[Kit], object]) -> list[str]:
    """The calls that it takes, untroubled."""
    calls: list[str] = []
    act(Kit("before-call", calls.append))
    return calls


def known(town: Town) -> tuple[Books, str]:
    books = town.newcomer()
    books.post("customer.registered")
    books.post("purchase.completed")
    books.post("promo.granted")
    return books, books.customer().customer_id


def require_whole(kit: Kit, books: Books, customer_id: str) -> None:
    """What is noted now could be asked for, so it must be a file that is whole."""
    latest = kit.exports.latest(books.enterprise, customer_id)
    if isinstance(latest, Export):
        kit.unpack(books.enterprise, customer_id, latest)


def obtain(kit: Kit, books: Books, customer_id: str) -> Export | None:
    return kit.exporting.obtain(books.enterprise, customer_id, NOW)[1]


def finished(books: Books, customer_id: str) -> Export:
    """The export that the next calls end with, the workflow doing what it was given."""
    kit = Kit()
    export = obtain(kit, books, customer_id)
    if export is None:
        for job in kit.given(books.enterprise):
            kit.maker.carry_out(**job, now=NOW)
        export = obtain(kit, books, customer_id)
    assert export
    return export


def require_right(books: Books, customer_id: str) -> None:
    kit, export = Kit(), finished(books, customer_id)
    files = kit.unpack(books.enterprise, customer_id, export).files
    assert [len(files[name]) for name in ("identity", "ledger", "transactions", "promo_grants")] == [1, 3, 1, 1]
    # Each file that was ever noted was told of, and is there.
    told = [row for row in books.rows(RECORDS) if row["sk"]["S"].startswith("outbox#")]
    assert 1 <= len(told) <= len(kit.keys(books.enterprise))


def test_at_once(town: Town, bucket: S3Client) -> None:
    books, layla = known(town)
    calls = counted(lambda kit: obtain(kit, books, layla))
    assert calls[-2:] == ["CompleteMultipartUpload", "TransactWriteItems"]
    for number in changing(calls):
        books, layla = known(town)
        with pytest.raises(Crash):
            obtain(dying(number), books, layla)
        require_whole(Kit(), books, layla)
        require_right(books, layla)


@pytest.fixture
def much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_source, "AT_ONCE", 2)
    monkeypatch.setattr(export_source, "PAGE", 2)


def test_when_it_is_handed_to_the_workflow(town: Town, bucket: S3Client, much: None) -> None:
    books, layla = known(town)
    calls = counted(lambda kit: obtain(kit, books, layla))
    assert calls[-2:] == ["TransactWriteItems", "StartExecution"]
    for number in changing(calls):
        books, layla = known(town)
        with pytest.raises(Crash):
            obtain(dying(number), books, layla)
        require_right(books, layla)
        assert len(Kit().given(books.enterprise)) == 1


def test_in_the_workflow(town: Town, bucket: S3Client, much: None) -> None:
    def prepared() -> tuple[Books, str, dict[str, str]]:
        books, layla = known(town)
        assert obtain(Kit(), books, layla) is None
        (job,) = Kit().given(books.enterprise)
        return books, layla, job

    books, layla, job = prepared()
    calls = counted(lambda kit: kit.maker.carry_out(**job, now=NOW))
    assert calls[-2:] == ["CompleteMultipartUpload", "TransactWriteItems"]
    for number in changing(calls):
        books, layla, job = prepared()
        with pytest.raises(Crash):
            dying(number).maker.carry_out(**job, now=NOW)
        require_whole(Kit(), books, layla)
        # The workflow tries the state again.
        assert Kit().maker.carry_out(**job, now=NOW) == "ready"
        require_right(books, layla)
        told = [row for row in books.rows(RECORDS) if row["sk"]["S"].startswith("outbox#")]
        assert len(told) == 1


def test_when_what_was_prepared_is_fetched(town: Town, bucket: S3Client, much: None) -> None:
    books, layla = known(town)
    export = finished(books, layla)
    calls = counted(lambda kit: obtain(kit, books, layla))
    for number in changing(calls):
        with pytest.raises(Crash):
            obtain(dying(number), books, layla)
        assert finished(books, layla) == export
