"""References to customers and transactions whose derived data may be out of date."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class CustomerRef:
    """A customer or, with its key, one of the customer's transactions. It does not say what changed."""

    enterprise: str
    customer_id: str
    transaction: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """A 256th of an enterprise's customers (two hexadecimal digits), from the id after `after` on."""

    enterprise: str
    bucket: str
    after: str = ""


def buckets(enterprise: str) -> list[Bucket]:
    """All customers of an enterprise."""
    return [Bucket(enterprise, f"{number:02x}") for number in range(256)]
