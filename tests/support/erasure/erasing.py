"""Erasures, and customers with stored data of every kind."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.data_subject_rights import ERASE
from customers.domain.stats.contributions import TOTALS, contributions_of
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.auth.principal import Principal
from customers.store.customers.keys import is_copy
from customers.store.customers.rows import profile_of
from customers.store.records.transaction_rows import TRANSACTIONS
from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of, stored
from tests.support.stats.derivation import deriver

MAY = "customer:DELETE"
SUMS = ("balance_minor", "spendable_minor", "locked_minor", "unclaimed_minor", "forfeited_minor")
_keys = itertools.count(1)


def erase(
    shop: Shop, customer_id: str, key: str | None = None, query: str = "", principal: Principal | None = None
) -> Reply:
    """Have somebody erased, under a new key by default."""
    headers = {"Idempotency-Key": key or f"erase-{next(_keys)}"}
    reply = call("DELETE", f"/customers/{customer_id}", query, principal or shop.admin(MAY), headers=headers)
    conforms(ERASE, reply)
    return reply


def settled_layla(shop: Shop, tables: DynamoDBClient) -> str:
    """A customer with everything but money to spend; the id."""
    shop.told_of_layla()
    shop.told("promo.granted", LAYLA, grant_id="welcome", amount_minor=700, **MONEY)
    shop.told("balance.settled", LAYLA, amount_minor=12500, **MONEY)
    return id_of(tables, shop)


def held(tables: DynamoDBClient, shop: Shop) -> dict[str, list[dict[str, Any]]]:
    """All rows of the enterprise, by table, the erasures among them."""
    answer = tables.query(
        TableName="ErasuresTable",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": shop.enterprise}},
    )
    return {**stored(tables, shop.enterprise), "ErasuresTable": answer["Items"]}


def entries(tables: DynamoDBClient, shop: Shop) -> list[dict[str, Any]]:
    """The ledger of erasures, without what notes who waits."""
    return [row for row in held(tables, shop)["ErasuresTable"] if row["sk"]["S"].startswith("era_")]


def sums(tables: DynamoDBClient, shop: Shop) -> dict[str, int]:
    """The enterprise's money, added up row by row."""
    total: Counter[str] = Counter()
    for row in stored(tables, shop.enterprise)["CustomersTable"]:
        if not is_copy(row["pk"]["S"]) and "customer_id" in row:
            total.update(contributions_of(profile_of(row), CountingRules(), datetime.now(UTC))[TOTALS])
    return {name: total[name] for name in SUMS}


def derived_sums(tables: DynamoDBClient, shop: Shop) -> dict[str, int]:
    """The same as stats have it, once all that has changed is settled."""
    rows = stored(tables, shop.enterprise)
    changes = [
        CustomerRef(shop.enterprise, row["customer_id"]["S"])
        for row in rows["CustomersTable"]
        if not is_copy(row["pk"]["S"]) and "customer_id" in row
    ]
    changes += [
        CustomerRef(shop.enterprise, row["pk"]["S"].split("#")[1], row["sk"]["S"])
        for row in rows["RecordsTable"]
        if row["sk"]["S"].startswith(TRANSACTIONS)
    ]
    assert deriver(tables).reconcile(changes) == {}
    total: Counter[str] = Counter()
    for row in stored(tables, shop.enterprise)["DerivedTable"]:
        if row["pk"]["S"].endswith("#totals"):
            total.update({name: int(value["N"]) for name, value in row.items() if "N" in value})
    return {name: total[name] for name in SUMS}


def everything(tables: DynamoDBClient, shop: Shop) -> str:
    return json.dumps(held(tables, shop), default=bytes.hex, sort_keys=True)


def later(**by: float) -> str:
    """An instant after whatever has happened so far."""
    return (datetime.now(UTC) + timedelta(**by)).isoformat()
