"""A refused fact, as far as it can be read: the customers whom it names, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from customers.domain.identifiers.address import Address


@dataclass(frozen=True, slots=True)
class RefusedFact:
    """`at` is None if the fact does not say when it happened."""

    enterprise: str
    about: tuple[Address, ...] = field(repr=False)
    at: datetime | None
