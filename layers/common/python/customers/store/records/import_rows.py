"""Rows that say which sources' figures a customer has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.facts.account import Import
from customers.store.dynamodb.items import Item
from customers.store.records.keys import record_key, scope_of, stamp_of

IMPORT = "import#"
"""How the sort keys of imports begin, by source."""


def import_row(enterprise: str, customer_id: str, imported: Import) -> Item:
    return {
        **record_key(enterprise, imported.scope or customer_id, f"{IMPORT}{imported.source}"),
        "source": {"S": imported.source},
        "stamp": {"S": str(imported.order)},
    }


def import_of(row: Mapping[str, Any], customer_id: str | None = None) -> Import:
    """The inverse of `import_row`, of this customer; without one it is of no part."""
    return Import(row["source"]["S"], stamp_of(row["stamp"]["S"]), scope_of(row, customer_id))
