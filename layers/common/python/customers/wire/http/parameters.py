"""Query, path and header parameters: described once, for reading and for the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from customers.domain.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `schema` is JSON Schema, and `example` a value of it."""

    name: str
    description: str
    where: Literal["query", "path", "header"] = "query"
    required: bool = False
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    example: str | int | bool | None = None

    @property
    def example_text(self) -> str:
        """The example as a URL or a header has it; empty where there is none."""
        match self.example:
            case None:
                return ""
            case str():
                return self.example
            case _:
                return json.dumps(self.example)
