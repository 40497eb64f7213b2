"""Before an erasure is answered its exports are gone: an earlier link leads nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.erasure.erasing import erase, settled_layla
from tests.support.http.gateway import call
from tests.support.recording import id_of

BEFORE = "2026-11-01T11:00:00Z"
DELETE = "before-call.s3.DeleteObjects"


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    return settled_layla(shop, tables)


@pytest.fixture
def files(bucket: S3Client, shop: Shop) -> Callable[[], list[str]]:
    """The keys of the enterprise's files."""

    def listed() -> list[str]:
        found = bucket.list_objects_v2(Bucket=os.environ["EXPORTS_BUCKET"], Prefix=f"{shop.enterprise}/")
        return [each["Key"] for each in found.get("Contents", [])]

    return listed


def exported(shop: Shop, customer_id: str) -> str:
    """The link to a finished export."""
    reply = call("GET", f"/customers/{customer_id}/export", "", shop.admin("customer:EXPORT"))
    assert reply.status == 200
    link: str = reply.data["download_url"]
    return link


@contextmanager
def down(moment: str) -> Iterator[None]:
    """Meanwhile the bucket does not answer to `erase` at such a moment."""
    from gdpr import erase as module

    def fail(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://s3.test")

    events = module.files._client.meta.events
    events.register_first(moment, fail)
    try:
        yield
    finally:
        events.unregister(moment, fail)


def test_an_earlier_link_leads_nowhere(shop: Shop, layla: str, files: Callable[[], list[str]]) -> None:
    link = exported(shop, layla)
    (key,) = files()
    assert key in link
    assert erase(shop, layla).status == 200
    assert files() == []


def test_all_earlier_exports_go(shop: Shop, layla: str, files: Callable[[], list[str]]) -> None:
    exported(shop, layla)
    shop.told("customer.registered", LAYLA, name="Leila", occurred_at=BEFORE)
    exported(shop, layla)
    assert len(files()) == 2
    assert erase(shop, layla).status == 200
    assert files() == []


def test_those_of_absorbed_customers_go_too(
    shop: Shop, tables: DynamoDBClient, layla: str, files: Callable[[], list[str]]
) -> None:
    shop.told("promo.granted", TWIN, grant_id="g", amount_minor=1, **MONEY)
    twin = id_of(tables, shop, TWIN)
    exported(shop, twin)
    assert merge(shop, layla, twin).status == 200
    assert len(files()) == 1
    assert erase(shop, layla).status == 200
    assert files() == []


def test_another_customers_files_stay(
    shop: Shop, tables: DynamoDBClient, layla: str, files: Callable[[], list[str]]
) -> None:
    shop.told("customer.registered", TWIN, name="Omar")
    exported(shop, id_of(tables, shop, TWIN))
    before = files()
    assert erase(shop, layla).status == 200
    assert files() == before


@pytest.mark.parametrize("swept", [False, True], ids=["before the sweep", "after the sweep has begun"])
def test_without_the_bucket_there_is_no_200_and_a_retry_removes_the_files(
    shop: Shop, tables: DynamoDBClient, layla: str, files: Callable[[], list[str]], swept: bool
) -> None:
    """The erasure has been committed by then, so the retry is a replay."""
    shop.told("promo.granted", TWIN, grant_id="g", amount_minor=1, **MONEY)
    twin = id_of(tables, shop, TWIN)
    exported(shop, twin)
    merge(shop, layla, twin)
    exported(shop, layla)
    with down("before-call.s3"):
        assert erase(shop, layla, "k").status == 503
        assert erase(shop, layla, "k").status == 503
    assert shop.lookup("phone=33001122").data["status"] == "not_found"
    assert len(files()) == 2
    if swept:
        _sweep_history(shop, tables)
    again = erase(shop, layla, "k")
    assert (again.status, again.body["meta"]["idempotency_replayed"]) == (200, True)
    assert files() == []


def _sweep_history(shop: Shop, tables: DynamoDBClient) -> None:
    from gdpr.sweep_history import handler
    from tests.support.erasure.erasing import entries

    (entry,) = entries(tables, shop)
    assert handler({"enterprise_id": shop.enterprise, "erasure_id": entry["sk"]["S"]}, None) == {"outcome": "swept"}


def test_a_refused_erasure_leaves_the_files(shop: Shop, layla: str, files: Callable[[], list[str]]) -> None:
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    exported(shop, layla)
    assert erase(shop, layla).status == 400
    assert erase(shop, layla, query="dry_run=true").status == 200
    assert len(files()) == 1
