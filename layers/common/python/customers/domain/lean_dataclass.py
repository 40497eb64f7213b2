"""`dataclass(frozen=True, slots=True)` for what a read at the till imports.

The library compiles six functions for each class while it is imported, a sixth of a lookup's cold start. Here it
compiles each of them when it is first called, and most are never called.
"""

from __future__ import annotations

import dataclasses as library
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

_COMPILED = {"__init__": "init", "__repr__": "repr", "__eq__": "eq", "__hash__": "eq"}
"""Each function, and the library's option that makes it."""
_NOTHING: dict[str, Any] = dict.fromkeys(_COMPILED.values(), False)

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """The library's decorator, for these two options alone."""
        if not (frozen and slots):
            raise TypeError("use the library's dataclass")
        return _lean


def _lean(cls: Any) -> Any:
    made: Any = library.dataclass(slots=True, **_NOTHING)(cls)
    # The library's own classes may inherit from it.
    made.__dataclass_params__.frozen = True
    made.__setattr__ = made.__delattr__ = _refuse
    for name in _COMPILED.keys() - vars(cls):
        setattr(made, name, _later(made, name))
    return made


def _later(made: Any, name: str) -> Callable[..., Any]:
    def first(self: Any, *given: Any, **named: Any) -> Any:
        compiled = _compiled(made, name)
        setattr(made, name, compiled)
        return compiled(self, *given, **named)

    return first


def _compiled(made: Any, name: str) -> Callable[..., Any]:
    """The library's function, of a class with the same fields."""
    fields = [(each.name, each.type, each) for each in library.fields(made)]
    # Without a docstring the library writes one of the signature, which takes longer than all else.
    kept = {each: vars(made)[each] for each in ("__doc__", "__post_init__") if each in vars(made)}
    options = _NOTHING | {_COMPILED[name]: True}
    twin = library.make_dataclass(made.__name__, fields, namespace=kept, frozen=True, **options)
    found: Callable[..., Any] = vars(twin)[name]
    return found


def _refuse(_self: object, name: str, *_value: object) -> NoReturn:
    raise library.FrozenInstanceError(f"cannot change field {name!r}")
