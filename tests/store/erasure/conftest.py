"""A person who is everywhere, and the steps of the workflow that erases them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.store.aws.signing import SigningKey
from tests.support.books import Books
from tests.support.erasure.sweeping import BUCKET, Planted, Workflow
from tests.support.refused import clear
from tests.support.stats.derivation import Derivation


@pytest.fixture(scope="module")
def key_id(tables: DynamoDBClient) -> str:
    made = boto3.client("kms", region_name="us-east-1").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["KeyId"])


@pytest.fixture(scope="module")
def key(key_id: str) -> SigningKey:
    return SigningKey(boto3.client("kms", region_name="us-east-1"), key_id)


@pytest.fixture(scope="module", autouse=True)
def bucket(tables: DynamoDBClient) -> Any:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return s3


@pytest.fixture
def workflow(tables: DynamoDBClient, key: SigningKey) -> Workflow:
    return Workflow(tables, key)


@pytest.fixture
def person() -> Planted:
    return Planted()


@pytest.fixture
def known(books: Books, person: Planted) -> Iterator[Books]:
    """An enterprise in which the person is everywhere."""
    yield books
    clear(books.client)
    Derivation(books).close()
    books.close()
