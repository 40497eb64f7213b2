"""The lean `dataclass`, held to the library's: the same answers and errors, of the classes that a till's read uses."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from customers.catalogue.operation import ADMIN, Operation
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Settings, Thresholds
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.lean_dataclass import dataclass
from customers.edge.http.serve import Call
from customers.edge.http.writing import WritingCall

OWN = ("__doc__", "__post_init__", "__repr__")
"""What these classes define for themselves, if anything."""
PHONE = Phone("+97433001122")
OPERATION = ("read", "GET", "/read", "beta", ADMIN, "Read.")
NAMED: list[tuple[type, tuple[Any, ...], dict[str, Any]]] = [
    (Phone, ("+97433001122",), {}),
    (Phone, (), {"e164": "+97433001122"}),
    (Phone, (), {}),
    (Phone, ("+97433001122", "more"), {}),
    (Phone, ("+97433001122",), {"e164": "+97433001122"}),
    (Phone, ("+97433001122",), {"more": 1}),
    (ProviderId, ("pos-1",), {}),
    (Thresholds, (), {}),
    (Thresholds, (1, 2), {"regular_visits": 9}),
    (Settings, ("Bench", "QAR"), {}),
    (Settings, ("Bench",), {}),
    (Settings, (), {"name": "Bench", "currency": "QAR", "sms_countries": ("QA",), "badge": Thresholds(1)}),
    (Profile, ("usr_1", PHONE, "QAR"), {}),
    (Profile, ("usr_1", PHONE, "QAR"), {"name": "Layla", "member_since": datetime(2026, 1, 1, tzinfo=UTC)}),
    (Operation, OPERATION, {}),
    (Operation, OPERATION, {"logged": False, "budget": 1}),
]


def twin(lean: Any) -> Any:
    """What the library makes of the same class."""
    fields = [(each.name, each.type, each) for each in dataclasses.fields(lean)]
    namespace = {name: vars(lean)[name] for name in OWN if name in vars(lean) and not _is_lean(vars(lean)[name])}
    return dataclasses.make_dataclass(lean.__name__, fields, namespace=namespace, frozen=True, slots=True)


def _is_lean(method: Any) -> bool:
    return getattr(method, "__module__", "") == dataclass.__module__


def tried(cls: Any, *given: Any, **named: Any) -> list[Any]:
    """What is seen of an instance, or why there is none."""
    try:
        made, equal = cls(*given, **named), cls(*given, **named)
    except TypeError as error:
        return [str(error)]
    field = dataclasses.fields(made)[0].name
    other = dataclasses.replace(made, **{field: "another"})
    seen: list[Any] = [repr(made), repr(other), dataclasses.asdict(made), cls.__match_args__, cls.__doc__]
    seen += [made == equal, made != equal, made == other, made == repr(made), made == 1]
    for attempt in (
        lambda: hash(made),
        lambda: vars(made),
        lambda: setattr(made, field, 1),
        lambda: delattr(made, field),
    ):
        try:
            seen.append(attempt())
        except (TypeError, AttributeError) as error:
            seen.append(type(error))
    return seen


@pytest.mark.parametrize(("cls", "given", "named"), NAMED)
def test_a_lean_class_does_what_the_librarys_does(cls: type, given: tuple[Any, ...], named: dict[str, Any]) -> None:
    assert tried(cls, *given, **named) == tried(twin(cls), *given, **named)


def test_a_function_is_compiled_when_it_is_first_called() -> None:
    @dataclass(frozen=True, slots=True)
    class Fresh:
        """Of nothing yet."""

        name: str

    def compiled() -> set[str]:
        return {name for name, method in vars(Fresh).items() if callable(method) and not _is_lean(method)}

    assert compiled() == set()
    made = Fresh("a")
    assert compiled() == {"__init__"}
    assert made == Fresh("a")
    assert compiled() == {"__init__", "__eq__"}
    assert hash(made) == hash(Fresh("a"))
    assert "name='a'" in repr(made)
    assert compiled() == {"__init__", "__eq__", "__hash__", "__repr__"}


def test_no_field_changes_or_goes() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        PHONE.e164 = "+97433001133"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del PHONE.e164
    assert PHONE.e164 == "+97433001122"


def test_a_class_of_the_library_inherits_from_a_lean_one() -> None:
    assert issubclass(WritingCall, Call)
    assert [each.name for each in dataclasses.fields(WritingCall)][:4] == ["request", "principal", "now", "entry"]
    with pytest.raises(TypeError, match="idempotency_key"):
        cast("Any", WritingCall)("request", None, None)


def test_it_is_for_frozen_classes_with_slots() -> None:
    with pytest.raises(TypeError, match="library"):
        dataclass(frozen=True, slots=False)
