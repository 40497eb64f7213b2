"""The ways in which a caller or a fact names a customer."""

from __future__ import annotations

from dataclasses import dataclass, field

from customers.domain.identifiers.phone import Phone


@dataclass(frozen=True, slots=True)
class CustomerId:
    """An id that this bundle has given: `usr_…`."""

    value: str


@dataclass(frozen=True, slots=True)
class ProviderId:
    """The POS provider's own id of a customer."""

    value: str = field(repr=False)


Address = Phone | CustomerId | ProviderId
