"""Query, path and header parameters: described once, for reading and for the OpenAPI page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from customers.domain.refusals import Invalid


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `schema` is JSON Schema."""

    name: str
    description: str
    where: Literal["query", "path", "header"] = "query"
    required: bool = False
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    example: str | None = None


class Query:
    """The query string as API Gateway hands it over: every value of every name."""

    def __init__(self, values: Mapping[str, Sequence[str]] | None) -> None:
        self._values = values or {}

    def one(self, name: str) -> str | None:
        """The value of `name`; None where it was not sent. Raises `Invalid` where it was sent twice."""
        values = self._values.get(name)
        if not values:
            return None
        if len(values) > 1:
            raise Invalid(name, "is given more than once; send it once")
        return values[0]
