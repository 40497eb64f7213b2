"""The ways in which a caller or a fact names a customer."""

from __future__ import annotations

from dataclasses import field

from customers.domain.identifiers.phone import Phone
from customers.domain.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CustomerId:
    """An id that this system assigned: `usr_…`."""

    value: str


@dataclass(frozen=True, slots=True)
class ProviderId:
    """The POS provider's own id of a customer."""

    value: str = field(repr=False)


Address = Phone | CustomerId | ProviderId
