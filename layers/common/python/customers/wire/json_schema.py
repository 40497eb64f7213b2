"""JSON Schema of the wire's shapes, for `/openapi`, `/capabilities` and the generated pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import is_typeddict

Schema = dict[str, Any]


def json_schema(shape: Any, *, extra: Literal["forbid", "allow"] | None = None, **options: Any) -> Schema:
    """The schema of `shape`, with the docstrings of its fields as their descriptions.

    `extra` says whether a typed dictionary takes fields that it does not name; `options` are those of
    `TypeAdapter.json_schema`.
    """
    config = ConfigDict(use_attribute_docstrings=True)
    if extra is not None:
        config["extra"] = extra
    marked = set(_typed_dicts(shape))
    for part in marked:
        part.__pydantic_config__ = config
    try:
        return TypeAdapter(shape).json_schema(**options)
    finally:
        # A shape that stayed marked would have its source read for docstrings whenever a request is validated.
        for part in marked:
            del part.__pydantic_config__


def _typed_dicts(shape: Any) -> Iterator[Any]:
    """`shape` and every typed dictionary in it."""
    if is_typeddict(shape):
        yield shape
        for hint in get_type_hints(shape).values():
            yield from _typed_dicts(hint)
    for argument in get_args(shape):
        yield from _typed_dicts(argument)
