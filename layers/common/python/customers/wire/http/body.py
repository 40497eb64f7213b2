"""The body of a request: JSON, read into a typed shape. Anything else is refused, and never quoted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args, get_type_hints

from customers.domain.refusals import TooLarge, ValidationError
from customers.wire.http.nearest import nearest, shown_name
from customers.wire.http.request import Request

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

MAX_BODY = 64 * 1024
"""Bytes."""
_EXACT_UP_TO = 2**53
_LONGEST_NUMBER = 40
"""Characters of a number: more than any 64-bit integer or float needs."""


def read_body(request: Request, shape: type[T]) -> T:
    """The body as `shape`, a `TypedDict` of plain types: no text for a number, no number for text, no unknown field.

    Raises `ValidationError` with the field to mend (`body` for an unknown field), and `TooLarge`.
    """
    # Checked here and not in the shapes, so that none can forget it.
    if (fields := _object(request)) is None:
        raise ValidationError("body", "is missing; send a JSON object")
    return _read_as(shape, fields, "forbid")


def read_body_if_any(request: Request, shape: type[T]) -> T:
    """The same for an optional body: a missing body is an empty object."""
    return _read_as(shape, _object(request) or {}, "forbid")


def read_part(fields: Mapping[str, Any], shape: type[T], within: str) -> T:
    """The object `within` of the body, as a shape with some known fields; others are allowed.

    Raises `ValidationError` with the field to mend.
    """
    return _read_as(shape, fields, "allow", f"{within}.")


def _read_as(shape: type[T], fields: Mapping[str, Any], extra: Literal["forbid", "allow"], within: str = "") -> T:
    # Imported here, because the catalogue imports this module and must not pay for pydantic.
    from pydantic import ValidationError as SchemaError

    try:
        read: T = _adapter(cast("Any", shape)).validate_python(fields, strict=True, extra=extra)
    except SchemaError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise ValidationError(within + _place(first["loc"]), _issue(first, shape)) from None
    return read


@contextmanager
def inside(place: str) -> Iterator[None]:
    """Prefixes the field of a `ValidationError` with this place in the body."""
    try:
        yield
    except ValidationError as refusal:
        raise ValidationError(f"{place}.{refusal.field}", refusal.issue) from None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(shape)


def _issue(error: Mapping[str, Any], shape: Any) -> str:
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            meant = nearest(str(error["loc"][-1]), _fields(shape, error["loc"][:-1]))
            return "is not a field of this request" + (f"; did you mean {meant}?" if meant else "")
    return str(error["msg"])


def _fields(shape: Any, location: tuple[int | str, ...]) -> list[str]:
    """The fields that are declared at a place of the shape: of an object, or of the objects in a list."""
    if not location:
        return list(getattr(shape, "__annotations__", ()))
    name, rest = location[0], location[1:]
    inner = get_type_hints(shape).get(name) if isinstance(name, str) and _is_shape(shape) else shape
    return [field for part in _parts(inner) for field in _fields(part, rest)]


def _parts(hint: Any) -> list[Any]:
    """The shapes in a type such as `list[Event] | None`."""
    return [hint] if _is_shape(hint) else [part for each in get_args(hint) for part in _parts(each)]


def _is_shape(hint: Any) -> bool:
    return hasattr(hint, "__required_keys__")


def _object(request: Request) -> dict[str, Any] | None:
    """None without a body."""
    body = request.body or b""
    if len(body) > MAX_BODY:
        raise TooLarge("body", f"is longer than {MAX_BODY} bytes")
    if not body.strip():
        return None
    media_type = (request.header("Content-Type") or "application/json").partition(";")[0].strip()
    if media_type.lower() != "application/json":
        raise ValidationError("Content-Type", "must be application/json")
    try:
        fields = json.loads(
            body.decode(),
            object_pairs_hook=_pairs,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
        if not isinstance(fields, dict):
            raise ValidationError("body", "must be a JSON object")
        for name, value in fields.items():
            _require_characters(name, value)
    except RecursionError:
        raise ValidationError("body", "is nested too deeply") from None
    except ValueError:
        raise ValidationError("body", "must be JSON in UTF-8") from None
    return fields


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuses a repeated name: two readers could read two values."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise ValidationError(_shown(name), "was sent more than once; send it once")
        fields[name] = value
    return fields


def _integer(text: str) -> int:
    return int(_short(text))


def _float(text: str) -> float | int:
    number = float(_short(text))
    if not math.isfinite(number):
        raise ValidationError("body", "has a number that is too large")
    return number if abs(number) < _EXACT_UP_TO else _exact(text, number)


def _exact(text: str, number: float) -> float | int:
    """A float has no exact value for every whole number from 2**53 on: `9007199254740993.0` would become another."""
    from decimal import Decimal  # here, because a lookup must not pay for it

    exact = Decimal(text)
    return int(exact) if exact == exact.to_integral_value() else number


def _short(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise ValidationError("body", "has a number with too many digits")
    return text


def _constant(_name: str) -> float:
    """NaN and the infinities, which Python accepts as JSON."""
    raise ValidationError("body", "has NaN or Infinity, which JSON does not allow")


def _require_characters(name: str, value: Any) -> None:
    """JSON can contain a lone surrogate, which is not valid text."""
    for field, part in (("body", name), (_shown(name), value)):
        try:
            json.dumps(part, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValidationError(field, "has half of a surrogate pair, which is not valid text") from None


def _place(location: tuple[int | str, ...]) -> str:
    """The field, or a list's item and its field. Deeper names may be the caller's own."""
    match location:
        case (str(name), int(number), str(field), *_) if shown_name(field, ""):
            return f"{_shown(name)}.{number}.{field}"
        case (str(name), int(number), *_):
            return f"{_shown(name)}.{number}"
        case (name, *_):
            return _shown(name)
    return _shown("")


def _shown(name: int | str) -> str:
    return shown_name(name, "body")
