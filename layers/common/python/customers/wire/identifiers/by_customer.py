"""A request that only names a customer."""

from __future__ import annotations

from dataclasses import dataclass

from customers.domain.enterprise import Settings
from customers.wire.http.request import Request
from customers.wire.identifiers.paths import read_id


@dataclass(frozen=True, slots=True)
class ByCustomer:
    """The id in the path."""

    customer_id: str

    @staticmethod
    def read(request: Request, _settings: Settings) -> ByCustomer:
        """Raises `NotFound`."""
        return ByCustomer(read_id(request))
