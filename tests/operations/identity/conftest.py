"""Layla, and two who may be the same person."""

from __future__ import annotations

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.operations.conftest import NAME, Shop
from tests.support.recording import id_of
from tests.support.stats.derivation import Derivation

SWAPPED, FAR = "+97433001212", "+97466551122"


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    shop.told_of_layla()
    return id_of(tables, shop)


@pytest.fixture
def twin(shop: Shop, tables: DynamoDBClient) -> str:
    """The same name, and two digits of the phone swapped."""
    shop.told("customer.registered", SWAPPED, name="Hassan LAYLA")
    return id_of(tables, shop, SWAPPED)


@pytest.fixture
def far(shop: Shop, tables: DynamoDBClient, derivation: Derivation) -> str:
    """The same name, and a phone that ends in the same digits. The index has everybody."""
    shop.told("customer.registered", FAR, name=NAME)
    derivation.reconcile()
    return id_of(tables, shop, FAR)
