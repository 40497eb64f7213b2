"""A fact that was refused and waits for somebody to mend it: of whom it is, as far as one can tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from customers.domain.identifiers.address import Address


@dataclass(frozen=True, slots=True)
class RefusedFact:
    """`at` is None where it does not say when it happened."""

    enterprise: str
    about: tuple[Address, ...] = field(repr=False)
    at: datetime | None
