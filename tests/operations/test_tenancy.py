"""Every request to DynamoDB is of the caller's enterprise: the hook sees them, and fails one that is not.

`tests/support/http/gateway.py` has it around every request of every test. Here it is shown to bite.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from customers.domain.identifiers.address import ProviderId
from customers.domain.search.criteria import Reading
from customers.store.activity_log.log import ActivityLog
from customers.store.customers.profiles import Profiles
from customers.store.dynamodb import transactions
from customers.store.search import SearchIndex
from customers.tenant import speaking_for
from tests.operations.conftest import LAYLA, PROVIDER_ID, Shop
from tests.support.held import consistent
from tests.support.held.tenancy import INDEXED, answering, partition_keys
from tests.support.http.gateway import call
from tests.support.recording import CHECK_IN, id_of
from tests.support.tables import template

OTHER = "another-enterprise"


def _elsewhere(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """The function takes another enterprise than it is given."""
    module, _, name = path.rpartition(".")
    right = getattr(__import__(module, fromlist=[name]), name)
    monkeypatch.setattr(path, lambda _enterprise, *more, **named: right(OTHER, *more, **named))


@pytest.mark.parametrize(
    ("mutated", "method", "path", "query"),
    [
        ("customers.store.customers.profiles.customer_key", "GET", "/customers/lookup", "phone=%2B97433001122"),
        ("customers.store.customers.pointers.pointer_key", "GET", "/customers/usr_0/context", ""),
        ("customers.store.search.terms_beginning", "POST", "/customers/search", ""),
        ("customers.store.stats.enterprise_stats.sums_partition", "GET", "/customers/stats", ""),
        ("customers.store.activity_log.log.index_key", "GET", "/activity", ""),
        ("customers.store.activity_log.rows.activity_key", "GET", "/activity", ""),
    ],
)
def test_a_key_of_another_enterprise_fails_the_request(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, mutated: str, method: str, path: str, query: str
) -> None:
    may = shop.admin("customer:CONTEXT", "customer:SEARCH", "customer:STATS", "activity:READ")
    body: Any = {} if method == "POST" else None
    call(method, path, query, may, body=body)
    if mutated.endswith("index_key"):
        right = __import__("customers.store.activity_log.log", fromlist=["x"]).index_key
        monkeypatch.setattr(mutated, lambda _enterprise, by, value: right(OTHER, by, value))
    else:
        _elsewhere(monkeypatch, mutated)
    with pytest.raises(AssertionError, match=OTHER):
        call(method, path, query, may, body=body)


def test_a_key_made_of_a_provider_id_is_looked_at_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.told_of_layla()
    assert shop.lookup(f"provider_customer_id={PROVIDER_ID}").data["status"] == "registered"
    find = Profiles.find

    def by_provider_id(self: Profiles, enterprise: str, address: Any) -> Any:
        return find(self, OTHER if isinstance(address, ProviderId) else enterprise, address)

    monkeypatch.setattr(Profiles, "find", by_provider_id)
    with pytest.raises(AssertionError, match=OTHER):
        shop.lookup(f"provider_customer_id={PROVIDER_ID}")


def test_one_write_of_a_transaction_is_enough(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.told_of_layla()
    path, key = f"/customers/{LAYLA}/events", {"Idempotency-Key": "k"}
    commit = transactions.commit

    def also(client: Any, writes: list[Any]) -> None:
        row = {"pk": {"S": shop.enterprise}, "customer_key": {"S": f"{OTHER}#usr_1"}}
        commit(client, [*writes, transactions.put("SessionsTable", row)])

    monkeypatch.setattr(transactions, "commit", also)
    with pytest.raises(AssertionError, match=OTHER):
        call("POST", path, "", shop.till, headers=key, body=CHECK_IN)


def test_a_function_that_speaks_for_another_enterprise_or_for_none_fails(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On AWS its credentials would be for other rows, or it would have none."""
    path, may = "/activity", shop.admin("activity:READ")
    assert call("GET", path, "", may).status == 200
    for wrong in (lambda _: nullcontext(), lambda _: speaking_for(OTHER)):
        monkeypatch.setattr("customers.edge.http.activity_log.speaking_for", wrong)
        with pytest.raises(AssertionError, match="while it speaks for"):
            call("GET", path, "", may)


def test_a_longer_name_that_begins_alike_is_another_enterprise(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    longer = f"{shop.enterprise}-other"
    find = Profiles.find
    monkeypatch.setattr(Profiles, "find", lambda self, _enterprise, address: find(self, longer, address))
    with pytest.raises(AssertionError, match=longer):
        shop.lookup("phone=%2B97433001122")


def test_a_read_that_may_miss_a_write_fails_while_keys_are_watched(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """`consistent.py` watches the same calls, and looks for their caller on the stack."""
    log, index = ActivityLog.connect(), SearchIndex.connect()
    lagging: list[Callable[[], object]] = [
        lambda: index.read(shop.enterprise, "word#layla", None, 1),
        lambda: list(log.of_customer(shop.enterprise, "usr_1")),
    ]
    assert [read() for read in lagging] == [Reading([], more=False), []]
    for allowed in ("MAY_LAG", "FROM_INDEX"):
        monkeypatch.setattr(consistent, allowed, ("Nothing",))
    for read in lagging:
        with answering(shop.enterprise) as seen, pytest.raises(AssertionError, match="may miss a write"):
            read()
        assert seen.keys


def test_a_scan_is_of_nobody(tables: DynamoDBClient) -> None:
    assert list(partition_keys("Scan", {"TableName": "CustomersTable"})) == ["a Scan"]


def test_every_index_is_looked_at() -> None:
    keys = {
        key["AttributeName"]
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table"
        for index in resource["Properties"].get("GlobalSecondaryIndexes", ())
        for key in index["KeySchema"]
        if key["KeyType"] == "HASH"
    }
    assert keys == set(INDEXED)


def test_an_ordinary_day_is_within_bounds(shop: Shop, tables: DynamoDBClient, bucket: S3Client) -> None:
    """Nothing fails; what the whole suite does is looked at in the same way."""
    shop.told_of_layla()
    of_layla = id_of(tables, shop)
    officer = shop.admin(
        "customer:CONTEXT", "customer:EXPORT", "customer:UPDATE", "activity:READ", "erasure:READ", "facts:READ"
    )
    for method, path, body in (
        ("GET", f"/customers/{of_layla}/context", None),
        ("GET", f"/customers/{of_layla}/export", None),
        ("PATCH", f"/customers/{of_layla}", {"phone": "+97433001199"}),
        ("GET", "/activity", None),
        ("GET", "/erasures", None),
        ("GET", "/refused-facts", None),
    ):
        reply = call(method, path, "", officer, headers={"Idempotency-Key": "k"}, body=body)
        assert reply.status == 200, reply.body
