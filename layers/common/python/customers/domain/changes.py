"""What may have changed: the unit in which derived data is brought up to date."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """Says where to look, and not what happened: a customer or, with its key, one of the customer's transactions."""

    enterprise: str
    customer_id: str
    transaction: str | None = None
