"""Who writes the same at the same time, and crashes: nobody comes back, no money is lost, nothing is half done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.data_subject_rights import ERASE
from customers.domain.facts.account import MAX_PROVIDER_IDS
from customers.edge.http.writing import serve_writing
from customers.store.activity_log.log import ActivityLog
from customers.store.erasure.preview_counts import PreviewCounts
from customers.store.export.export_files import ExportFiles
from customers.store.facts.ledger import Ledger
from customers.store.idempotency import IdempotencyRecords
from tests.operations.conftest import LAYLA, MONEY, PLANTED, Shop
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.books import SECRET, Books, interrupting
from tests.support.crashes import AROUND_THE_WRITE, WRITE, Crash, crash
from tests.support.erasure.erasing import entries, erase, everything, held, settled_layla, sums
from tests.support.erasure.sweeping import erasures_of
from tests.support.http.gateway import Reply, call
from tests.support.recording import id_of, outbox, record, stored

pytestmark = pytest.mark.slow


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    return settled_layla(shop, tables)


@contextmanager
def behind(moment: str, act: Callable[[], None]) -> Iterator[None]:
    """Meanwhile erasures are served by way of a client that does `act` at each such moment."""
    from gdpr import erase as erase_module

    client = interrupting(moment, act)
    erasures, files = erasures_of(client), ExportFiles.connect()
    erasing = partial(
        erase_module.erase,
        erasures=erasures,
        preview_counts=PreviewCounts(client, "RecordsTable", "ReceiptsTable"),
        files=files,
    )
    find = erase_module.replayed(IdempotencyRecords(client, "ReceiptsTable", "RecordsTable").find, erasures, files)
    note = ActivityLog(client, "ActivityTable", "RecordsTable", days=400).note
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erase_module, "handler", serve_writing(ERASE, erasing, find, note))
        yield


class IdempotencyKey:
    """Does something the first time."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = [act]
        self.came: Any = None

    def __call__(self) -> None:
        if self._act:
            self.came = self._act.pop()()


def correct(shop: Shop, customer_id: str, **body: Any) -> Reply:
    headers = {"Idempotency-Key": "c", "Content-Type": "application/json"}
    return call("PATCH", f"/customers/{customer_id}", "", shop.admin("customer:UPDATE"), headers=headers, body=body)


def gone(tables: DynamoDBClient, shop: Shop, customer_id: str) -> None:
    """Once and whole: one entry, one event, and one row of numbers. A row at an absorbed phone is left to the sweep."""
    rows = [row for row in stored(tables, shop.enterprise)["CustomersTable"] if "leads_to" not in row]
    assert [row["pk"]["S"] for row in rows] == [f"{shop.enterprise}#erased#{customer_id}"]
    assert [row["status"]["S"] for row in entries(tables, shop)] == ["erasing"]
    assert [row["type"]["S"] for row in outbox(tables, shop)].count("customer.erased") == 1
    assert not any(planted in json.dumps(rows, default=bytes.hex) for planted in PLANTED)


# ------------------------------------------------------------------------------------------ the erasure is overtaken


def test_money_that_comes_between_is_not_destroyed(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    other = IdempotencyKey(lambda: shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY))
    with behind(WRITE, other):
        reply = erase(shop, layla)
    assert reply.status == 400
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 1
    assert entries(tables, shop) == []


def test_a_fact_that_comes_between_is_erased_with_the_rest(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    with behind(WRITE, IdempotencyKey(lambda: shop.told("provider_id.linked", LAYLA, provider_customer_id="pos-new"))):
        assert erase(shop, layla).status == 200
    gone(tables, shop, layla)
    assert shop.lookup("provider_customer_id=pos-new").data["status"] == "not_found"


@pytest.mark.parametrize("body", [{"name": "Leila"}, {"phone": TWIN}])
def test_a_correction_that_comes_between_is_erased_with_the_rest(
    shop: Shop, tables: DynamoDBClient, layla: str, body: dict[str, str]
) -> None:
    other = IdempotencyKey(lambda: correct(shop, layla, **body))
    with behind(WRITE, other):
        reply = erase(shop, layla)
    assert (other.came.status, reply.status) == (200, 200)
    # Nobody has proven that the new phone is theirs, but the books are kept.
    prior_state = "PENDING_PROOF" if "phone" in body else "VERIFIED"
    assert (reply.data["outcome"], reply.data["prior_state"]) == ("anonymized", prior_state)
    gone(tables, shop, layla)
    assert shop.lookup("phone=66005566").data["status"] == "not_found"
    (_,) = [row for row in held(tables, shop)["RecordsTable"] if row["sk"]["S"] == "pointer"]
    assert not [row for row in held(tables, shop)["RecordsTable"] if row["sk"]["S"] == "verification"]


def test_who_is_merged_in_between_is_erased_with_the_rest(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    shop.told("customer.registered", TWIN, name="L. Hassan")
    twin = id_of(tables, shop, TWIN)
    with behind(WRITE, IdempotencyKey(lambda: merge(shop, layla, twin))):
        assert erase(shop, layla).status == 200
    gone(tables, shop, layla)
    assert shop.lookup("phone=66005566").data["status"] == "not_found"


def test_two_at_once_are_one_erasure(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    with behind(WRITE, IdempotencyKey(lambda: _through(tables, shop, layla, "k"))):
        same = erase(shop, layla, "k")
    assert (same.status, same.body["meta"]["idempotency_replayed"]) == (200, True)
    gone(tables, shop, layla)


def test_of_two_with_keys_of_their_own_the_slower_finds_nobody(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    with behind(WRITE, IdempotencyKey(lambda: _through(tables, shop, layla, "a"))):
        assert erase(shop, layla, "b").status == 404
    gone(tables, shop, layla)


def _through(tables: DynamoDBClient, shop: Shop, customer_id: str, key: str) -> None:
    """The same request, served by a function of its own."""
    from gdpr import erase as erase_module

    find = IdempotencyRecords(tables, "ReceiptsTable", "RecordsTable").find
    inventories = PreviewCounts(tables, "RecordsTable", "ReceiptsTable")
    erasing = partial(
        erase_module.erase,
        erasures=erasures_of(tables),
        preview_counts=inventories,
        files=ExportFiles.connect(),
    )
    event = {
        "multiValueQueryStringParameters": None,
        "multiValueHeaders": {"Idempotency-Key": [key]},
        "pathParameters": {"customer": customer_id},
        "requestContext": {"requestId": "req-2", "authorizer": shop.admin("customer:DELETE").context()},
        "body": None,
    }
    note = ActivityLog(tables, "ActivityTable", "RecordsTable", days=400).note
    assert serve_writing(ERASE, erasing, find, note)(event, None)["statusCode"] == 200


# ------------------------------------------------------------------------------------------ others are overtaken


def erased_meanwhile(tables: DynamoDBClient, shop: Shop, customer_id: str) -> IdempotencyKey:
    return IdempotencyKey(lambda: _through(tables, shop, customer_id, "meanwhile"))


@pytest.mark.parametrize(
    ("kind", "said", "balance"),
    [
        ("balance.topped_up", {"amount_minor": 30, **MONEY}, 30),
        ("customer.registered", {"name": "Layla H."}, 0),
        ("provider_id.linked", {"provider_customer_id": "pos-new"}, 0),
    ],
)
def test_a_fact_that_is_overtaken_follows_and_brings_nobody_back(
    shop: Shop, tables: DynamoDBClient, layla: str, kind: str, said: dict[str, Any], balance: int
) -> None:
    before = sums(tables, shop)
    client = interrupting(WRITE, erased_meanwhile(tables, shop, layla))
    slow = Ledger(client, "CustomersTable", "RecordsTable", "DerivedTable", SECRET)
    books = Books(tables, shop.enterprise)
    fact = books.fact(
        kind, {"fact_id": "f-1", "occurred_at": "2026-11-01T12:00:00Z", "customer": {"phone": LAYLA}, **said}
    )
    assert slow.post([fact]) == ["applied"]
    gone(tables, shop, layla)
    assert sums(tables, shop)["balance_minor"] == before["balance_minor"] + balance
    assert "pos-new" not in everything(tables, shop)
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


def test_a_correction_that_is_overtaken_finds_nobody(
    shop: Shop, tables: DynamoDBClient, layla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from customers.store.dynamodb import transactions

    _overtake(monkeypatch, transactions, erased_meanwhile(tables, shop, layla))
    assert correct(shop, layla, phone=TWIN).status == 404
    gone(tables, shop, layla)
    assert shop.lookup("phone=66005566").data["status"] == "not_found"


@pytest.mark.parametrize("who", ["survivor", "absorbed"])
def test_a_merge_that_is_overtaken_finds_nobody(
    shop: Shop, tables: DynamoDBClient, layla: str, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from customers.store.dynamodb import transactions

    shop.told("customer.registered", TWIN, name="L. Hassan")
    shop.told("customer.verified", TWIN)
    twin = id_of(tables, shop, TWIN)
    survivor, absorbed = (layla, twin) if who == "survivor" else (twin, layla)
    before = sums(tables, shop)
    _overtake(monkeypatch, transactions, erased_meanwhile(tables, shop, layla))
    assert merge(shop, survivor, absorbed).status == 404
    assert sums(tables, shop) == before
    assert shop.lookup("phone=33001122").data["status"] == "not_found"
    assert shop.lookup("phone=66005566").data["status"] == "registered"


def test_an_event_that_is_overtaken_is_of_a_stranger(
    shop: Shop, tables: DynamoDBClient, layla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from customers.store.dynamodb import transactions

    _overtake(monkeypatch, transactions, erased_meanwhile(tables, shop, layla))
    told = record(shop)
    assert (told.status, told.data["status"]) == (200, "not_found")
    gone(tables, shop, layla)


def _overtake(monkeypatch: pytest.MonkeyPatch, transactions: Any, other: IdempotencyKey) -> None:
    """Runs the other writer before the next `transactions.commit`."""
    commit = transactions.commit

    def overtaken(client: Any, writes: list[Any]) -> None:
        monkeypatch.setattr(transactions, "commit", commit)
        other()
        commit(client, writes)

    monkeypatch.setattr(transactions, "commit", overtaken)


# ------------------------------------------------------------------------------------------ crashes


@AROUND_THE_WRITE
@pytest.mark.parametrize("state", ["VERIFIED", "PENDING_PROOF"])
def test_a_crash_and_then_a_retry_is_as_no_crash(shop: Shop, tables: DynamoDBClient, moment: str, state: str) -> None:
    shop.told("customer.registered", LAYLA, name="Layla Hassan")
    if state == "VERIFIED":
        shop.told("customer.verified", LAYLA)
    customer_id = id_of(tables, shop)
    before = everything(tables, shop)
    with behind(moment, crash), pytest.raises(Crash):
        erase(shop, customer_id, "k")
    committed = moment.startswith("after")
    assert (everything(tables, shop) != before) == committed
    first, again = erase(shop, customer_id, "k"), erase(shop, customer_id, "k")
    assert first.body["meta"]["idempotency_replayed"] == committed
    assert (first.status, first.data) == (again.status, again.data)
    gone(tables, shop, customer_id)


CALLS = 7
"""Receipt, pointer, row, pointer, who waits, who had what before, and the transaction."""


def test_an_erasure_takes_so_many_requests(shop: Shop, layla: str, requests: list[str]) -> None:
    requests.clear()
    erase(shop, layla)
    assert len(requests) == CALLS == ERASE.budget
    assert requests[-1] == "TransactWriteItems"


def test_a_reader_sees_all_of_it_or_nothing(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    states = [everything(tables, shop)]
    with behind("before-call.dynamodb", lambda: states.append(everything(tables, shop))):
        erase(shop, layla)
    assert set(states) == {states[0]}


def test_as_many_provider_ids_as_can_be_fit_into_one_transaction(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told("customer.verified", LAYLA)
    for number in range(MAX_PROVIDER_IDS):
        shop.told("provider_id.linked", LAYLA, provider_customer_id=f"pos-{number}")
    customer_id = id_of(tables, shop)
    assert erase(shop, customer_id).status == 200
    gone(tables, shop, customer_id)
    for number in range(MAX_PROVIDER_IDS):
        assert shop.lookup(f"provider_customer_id=pos-{number}").data["status"] == "not_found"
        assert f"provider#pos-{number}" not in json.dumps(_keys(tables, shop))


def _keys(tables: DynamoDBClient, shop: Shop) -> list[str]:
    return [row["pk"]["S"] for row in held(tables, shop)["RecordsTable"]]
