"""The shape of every row: how its key is made, which attributes it has, of which types, and what JSON is in them.

`make layout` writes down the shapes of today, for the layout of today.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from customers.store.layout import LAYOUT
from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.operations.writes import WRITES
from tests.support.books import Books
from tests.support.identity.merging import merge
from tests.support.recording import id_of
from tests.support.stats.derivation import Derivation

RECORDED = Path(__file__).parents[2] / "operations" / "row_shapes.json"
OTHER = "+97433001199"
"""A customer with more facts than the requests need."""
ABSORBED = "+97433001198"
"""Merged into that customer."""
WORD = re.compile(r"[a-z][a-z_]+")
Shapes = dict[str, dict[str, str]]
"""By kind of row and attribute: its types, and the fields of JSON in it."""


def shapes(tables: DynamoDBClient) -> Shapes:
    """Of the rows that facts of all kinds and every operation that writes leave behind. Attributes by kind of row."""
    found: dict[str, dict[str, set[str]]] = {}
    for write in WRITES.values():
        shop = _shop(tables)
        one, _ = write(shop, tables)
        Derivation(Books(tables, shop.enterprise)).reconcile()
        assert one.send("key-1").status < 300
        for kind, row in _rows(tables, shop.enterprise):
            for name, value in row.items():
                found.setdefault(kind, {}).setdefault(_name(kind, name), set()).update(_types(value))
    return {kind: {name: " ".join(sorted(types)) for name, types in row.items()} for kind, row in found.items()}


def recorded() -> dict[str, Any]:
    """The layout for which shapes were last written down, and these."""
    read: dict[str, Any] = json.loads(RECORDED.read_text())
    return read


def differences(before: Shapes, now: Shapes) -> list[str]:
    """A line for each kind of row that is another."""
    return [
        f"{kind}, {name}: {old or 'not there'} became {new or 'not there'}"
        for kind in sorted(before.keys() | now.keys())
        for name in sorted(before.get(kind, {}).keys() | now.get(kind, {}).keys())
        if (old := before.get(kind, {}).get(name, "")) != (new := now.get(kind, {}).get(name, ""))
    ]


def _shop(tables: DynamoDBClient) -> Shop:
    shop = Shop(str(uuid.uuid4()))
    shop.told("enterprise.configured", name="Test", currency="QAR", home_region="QA")
    shop.told("branch.registered", merchant_id="merchant-1", branch_id="branch-1")
    shop.told_of_layla()
    shop.told("provider_id.linked", LAYLA, provider_customer_id="pos-second")
    shop.told("promo.granted", OTHER, grant_id="g1", amount_minor=70, expires_at="2030-12-31T20:59:59Z", **MONEY)
    shop.told("purchase.completed", OTHER, purchase_id="p1", amount_minor=9, branch_id="branch-1", **MONEY)
    shop.told("purchase.refunded", OTHER, purchase_id="p1", refund_id="r1", amount_minor=5, **MONEY)
    shop.told("balance.spent", OTHER, amount_minor=1, **MONEY)
    shop.told("promo.released", OTHER, grant_id="g1")
    grants = [{"grant_id": grant_id, "amount_minor": 7} for grant_id in ("g2", "g3")]
    shop.told("customer.imported", OTHER, source="old-pos", grants=grants)
    shop.told("promo.granted", OTHER, grant_id="g2", amount_minor=8, occurred_at="2026-01-01T00:00:00Z", **MONEY)
    shop.told("customer.registered", ABSORBED, name="Layla H.")
    merge(Books(tables, shop.enterprise), id_of(tables, shop, OTHER), id_of(tables, shop, ABSORBED))
    shop.told("promo.released", ABSORBED, grant_id="g2")
    shop.told("purchase.completed", OTHER, purchase_id="p0", amount_minor=9, included_in="old-pos", **MONEY)
    return shop


def _rows(tables: DynamoDBClient, enterprise: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for table in tables.list_tables()["TableNames"]:
        for page in tables.get_paginator("scan").paginate(TableName=table):
            for row in page["Items"]:
                first, *rest = row["pk"]["S"].split("#")
                if first == enterprise or table == "VerificationsTable":
                    yield f"{table} {_word(rest) or _word(row.get('sk', {'S': ''})['S'].split('#'))}".strip(), row


def _word(parts: list[str]) -> str:
    """The word that a part of a key begins with."""
    return parts[0] if parts and WORD.fullmatch(parts[0]) else ""


def _name(kind: str, name: str) -> str:
    """The name of an attribute. A counter of badges begins with its day, which depends on the run."""
    return f"(day){name[1]}" if kind == "DerivedTable badges" and name not in ("pk", "sk") else name


def _types(value: dict[str, Any]) -> set[str]:
    ((kind, content),) = value.items()
    fields = json.loads(content) if kind == "S" and content.startswith("{") else ()
    return {str(kind), *(f"{kind}.{field}" for field in fields)}


def main() -> None:
    """Write down the shapes of today."""
    from moto import mock_aws

    import tests.conftest  # noqa: F401 - the environment that handlers read
    from tests.support.exports import create_bucket
    from tests.support.hash_keys import create_keys
    from tests.support.tables import create_tables, dynamodb

    with mock_aws():
        tables = dynamodb()
        create_tables(tables)
        create_bucket()
        create_keys()
        told = {"layout": LAYOUT, "rows": shapes(tables)}
    RECORDED.write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
