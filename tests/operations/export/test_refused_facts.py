"""An export has the refused facts about its customer, found by the pseudonyms of every address they ever had."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from customers.store.export import export_source
from tests.operations.conftest import LAYLA, PROVIDER_ID, Shop
from tests.operations.export.test_export import carry_out, export, jobs, key_of
from tests.operations.identity.test_correct import correct
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.exports import Unpacked, unpacked
from tests.support.http.gateway import Reply
from tests.support.recording import id_of
from tests.support.refused import letter, refused_facts

MOVED, OMAR = "+97433001199", "+97466005566"
BEFORE, LATER = "2026-11-01T10:00:00Z", "2030-01-01T10:00:00Z"


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient, bucket: S3Client) -> str:
    shop.told_of_layla()
    return id_of(tables, shop)


@pytest.fixture
def refuse(shop: Shop, tables: DynamoDBClient) -> Callable[..., None]:
    """A fact is refused long after everything else."""

    def act(fact_id: str, customer: Any, at: str | None = BEFORE) -> None:
        detail = {"fact_id": fact_id, "enterprise_id": shop.enterprise, "customer": customer, "amount_minor": 1}
        told = {**detail, "currency": "USD", **({"occurred_at": at} if at else {})}
        body = json.dumps({"detail-type": "balance.topped_up", "source": "partner.wallet", "detail": told})
        at_last = datetime.now(UTC) + timedelta(days=3650)
        assert refused_facts(tables).keep(letter(body, at_last)) == "listed"

    return act


def exported(bucket: S3Client, reply: Reply) -> Unpacked:
    return unpacked(bucket.get_object(Bucket=os.environ["EXPORTS_BUCKET"], Key=key_of(reply))["Body"].read())


def found(shop: Shop, bucket: S3Client, customer_id: str) -> list[str]:
    reply = export(shop, customer_id)
    assert reply.status == 200
    return sorted(line["fact_id"] for line in exported(bucket, reply).files["refused_facts"])


def test_by_phone_by_id_and_by_a_provider_s_id(
    shop: Shop, bucket: S3Client, layla: str, refuse: Callable[..., None]
) -> None:
    refuse("by-phone", {"phone": LAYLA})
    refuse("by-id", {"customer_id": layla})
    refuse("by-provider-id", {"provider_customer_id": PROVIDER_ID})
    refuse("by-all", {"phone": LAYLA, "customer_id": layla, "provider_customer_id": PROVIDER_ID})
    refuse("without-instant", {"phone": LAYLA}, None)
    refuse("of-another", {"phone": OMAR})
    assert found(shop, bucket, layla) == ["by-all", "by-id", "by-phone", "by-provider-id", "without-instant"]


def test_a_former_phone_means_the_customer_while_they_had_it(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client, layla: str, refuse: Callable[..., None]
) -> None:
    assert correct(shop, layla, phone=MOVED).status == 200
    shop.told("customer.registered", LAYLA, name="Omar", occurred_at=datetime.now(UTC).isoformat())
    refuse("before", {"phone": LAYLA})
    refuse("before-at-home", {"phone": LAYLA.removeprefix("+974")})
    refuse("after", {"phone": LAYLA}, LATER)
    refuse("new", {"phone": MOVED}, LATER)
    assert found(shop, bucket, layla) == ["before", "before-at-home", "new"]
    assert found(shop, bucket, id_of(tables, shop)) == ["after"]


def test_of_an_absorbed_customer_too_and_by_an_id_that_was_unlinked(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client, layla: str, refuse: Callable[..., None]
) -> None:
    shop.told("customer.registered", TWIN, name="L.")
    twin = id_of(tables, shop, TWIN)
    assert merge(shop, layla, twin).status == 200
    unlinked = datetime.now(UTC).isoformat()
    shop.told("provider_id.unlinked", LAYLA, provider_customer_id=PROVIDER_ID, occurred_at=unlinked)
    refuse("absorbed-phone", {"phone": TWIN})
    refuse("absorbed-id", {"customer_id": twin})
    refuse("unlinked", {"provider_customer_id": PROVIDER_ID})
    refuse("unlinked-later", {"provider_customer_id": PROVIDER_ID}, LATER)
    assert found(shop, bucket, layla) == ["absorbed-id", "absorbed-phone", "unlinked"]


def test_what_is_in_the_operator_s_list_is_found(
    shop: Shop, tables: DynamoDBClient, bucket: S3Client, layla: str
) -> None:
    detail = {"fact_id": "set-aside", "enterprise_id": shop.enterprise, "customer": {"phone": LAYLA}}
    body = json.dumps({"detail-type": "no.type", "source": "partner.loud", "detail": detail})
    assert refused_facts(tables, may_speak=lambda *_: False).keep(letter(body)) == "set_aside"
    # No operation of the API reads that list: the workflow does.
    assert export(shop, layla).status == 202
    (job,) = jobs(boto3.client("stepfunctions"), shop)
    assert carry_out(job) == "ready"
    assert found(shop, bucket, layla) == ["set-aside"]


def test_many_are_prepared_by_the_workflow(
    shop: Shop, bucket: S3Client, layla: str, refuse: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_source, "REFUSED_AT_ONCE", 2)
    for number in range(3):
        refuse(f"f-{number}", {"phone": LAYLA})
    assert export(shop, layla).status == 202
    (job,) = jobs(boto3.client("stepfunctions"), shop)
    assert carry_out(job) == "ready"
    assert found(shop, bucket, layla) == ["f-0", "f-1", "f-2"]


def test_a_line_says_what_was_sent_and_why_it_was_refused(
    shop: Shop, bucket: S3Client, layla: str, refuse: Callable[..., None]
) -> None:
    refuse("by-phone", {"phone": LAYLA})
    (line,) = exported(bucket, export(shop, layla)).files["refused_facts"]
    assert line["reason"].startswith("currency:")
    assert line["detail"] == {
        "fact_id": "by-phone",
        "enterprise_id": shop.enterprise,
        "occurred_at": BEFORE,
        "amount_minor": 1,
        "currency": "USD",
    }
