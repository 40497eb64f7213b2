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
    days: bool = False
    """Whether the customers' purchases and refunds are also counted again, because they may belong to other days."""


HISTORY_START = "purchase#"
"""All keys of purchases and refunds sort after it."""


@dataclass(frozen=True, slots=True, order=True)
class History:
    """A customer's purchases and refunds, from the key after `history_after` on."""

    enterprise: str
    customer_id: str
    history_after: str = HISTORY_START


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """The customers whose badge time may change until a day of the enterprise (`2026-06-05`), that day included.

    Without a `bucket`, one hexadecimal digit, it is all buckets. It begins behind the row `after`.
    """

    enterprise: str
    day: str
    bucket: str = ""
    after: str = ""


Waiting = CustomerRef | Bucket | History | Due
"""A change that waits for its reconciliation."""


def buckets(enterprise: str, *, days: bool = False) -> list[Bucket]:
    """All customers of an enterprise."""
    return [Bucket(enterprise, f"{number:02x}", days=days) for number in range(256)]
