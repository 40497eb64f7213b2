"""Marks on plain types that pydantic reads when it is there; importing them costs nothing where it is not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # pydantic cannot read the older one
    from typing_extensions import TypedDict

__all__ = ["Format", "TypedDict"]


class Format:
    """A JSON Schema `format`, for use in `Annotated`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(core), "format": self.name}
