"""How much of a long list `make test` goes through. `make test-thorough` goes through the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def first(count: int, values: Iterable[Any]) -> list[Any]:
    """For `parametrize`: the first values as they are, and the others for `make test-thorough` alone."""
    return [value if number < count else _thorough(value) for number, value in enumerate(values)]


def only(values: Iterable[Any], *quick: Any) -> list[Any]:
    """For `parametrize`: the named values as they are, and the others for `make test-thorough` alone."""
    return [value if value in quick else _thorough(value) for value in values]


def _thorough(value: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.thorough)
