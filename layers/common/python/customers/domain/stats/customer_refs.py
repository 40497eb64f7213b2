"""What may have changed: the units in which derived data is brought up to date."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class CustomerRef:
    """Says where to look, and not what happened: a customer or, with its key, one of the customer's transactions."""

    enterprise: str
    customer_id: str
    transaction: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """All customers of a 256th of an enterprise (two hexadecimal digits): those whose ids come after `after`."""

    enterprise: str
    bucket: str
    after: str = ""


def buckets(enterprise: str) -> list[Bucket]:
    """All customers of an enterprise."""
    return [Bucket(enterprise, f"{number:02x}") for number in range(256)]
