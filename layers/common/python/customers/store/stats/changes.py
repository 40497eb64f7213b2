"""Which customers a stream's record is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.stats.customer_refs import Bucket, CustomerRef, buckets
from customers.store.customers.keys import is_copy
from customers.store.records.transaction_rows import TRANSACTIONS
from customers.store.registry import counting_rules_in

Record = Mapping[str, Any]
"""A stream's record, as Lambda hands it over: keys and images in DynamoDB's JSON."""


def changes_of(record: Record) -> list[CustomerRef]:
    """The customers to reconcile; none for a record on which no derived data depends."""
    keys = record["dynamodb"]["Keys"]
    enterprise, _, rest = keys["pk"]["S"].partition("#")
    if "sk" in keys:
        kind = keys["sk"]["S"]
        return [CustomerRef(enterprise, rest, kind)] if kind.startswith(TRANSACTIONS) else []
    if is_copy(keys["pk"]["S"]):
        return []
    # A row may change from one customer to another.
    images = (_image(record, "OldImage"), _image(record, "NewImage"))
    owners = dict.fromkeys(image["customer_id"]["S"] for image in images if "customer_id" in image)
    return [CustomerRef(enterprise, customer_id) for customer_id in owners]


def overdrawn_of(record: Record) -> CustomerRef | None:
    """The customer whose balance this write brought below 0."""
    keys, new = record["dynamodb"]["Keys"], _image(record, "NewImage")
    enterprise = keys["pk"]["S"].partition("#")[0]
    if (
        "sk" in keys
        or is_copy(keys["pk"]["S"])
        or "erased_at" in new
        or _balance(new) >= 0
        or _balance(_image(record, "OldImage")) < 0
    ):
        return None
    return CustomerRef(enterprise, new["customer_id"]["S"])


def resettled_by(record: Record) -> list[Bucket]:
    """All buckets of an enterprise whose badge thresholds or time zone a write changed; none for another write."""
    before, after = (counting_rules_in(_image(record, name)) for name in ("OldImage", "NewImage"))
    if before == after:
        return []
    return buckets(record["dynamodb"]["Keys"]["pk"]["S"], days=before.time_zone != after.time_zone)


def _image(record: Record, name: str) -> Mapping[str, Any]:
    image: Mapping[str, Any] = record["dynamodb"].get(name, {})
    return image


def _balance(image: Mapping[str, Any]) -> int:
    return int(image["balance"]["N"]) if "balance" in image else 0
