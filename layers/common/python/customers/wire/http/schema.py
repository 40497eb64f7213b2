"""Marks on plain types, which pydantic reads if it is imported. They cost nothing without it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # pydantic cannot read the older one
    from typing_extensions import TypedDict

__all__ = ["Choices", "Described", "Format", "Instant", "Limits", "TypedDict"]


class Format:
    """A JSON Schema `format`, for use in `Annotated`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(core), "format": self.name}


Instant = Annotated[str, Format("date-time")]
"""RFC 3339, in UTC with a `Z`."""


class Choices:
    """A JSON Schema `enum`, in `Annotated`, for a value that other code checks with a better message."""

    def __init__(self, *choices: str) -> None:
        self.choices = choices

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(core), "enum": list(self.choices)}


class Described:
    """A value's description, in `Annotated`, for places without a docstring."""

    def __init__(self, meaning: str) -> None:
        self.meaning = meaning

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(core), "description": self.meaning}


class Limits:
    """A value's limits, by pydantic's names (`ge`, `le`, `min_length`, `max_length`), for use in `Annotated`."""

    def __init__(self, **limits: int) -> None:
        self.limits = limits

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(source), **self.limits}
