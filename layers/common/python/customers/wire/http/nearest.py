"""Names that a caller may have meant, and which of the names that were sent may be repeated."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A parameter's name has letters, and a digit at most. Anything else may be a phone, and is not repeated.
_NAME = re.compile(r"[A-Za-z_-]{1,40}[0-9]?")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ALIKE = 0.6
"""How alike two names must be, from 0 to 1, for one to be the other misspelt."""


def shown_name(name: object, instead: str) -> str:
    """The name if it looks like a parameter's name, else `instead`."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else instead


def nearest(name: str, declared: Iterable[str]) -> str | None:
    """The declared name that is most like `name`; None where none is alike."""
    # Here, because only a refusal needs it.
    from difflib import get_close_matches

    told = _HUMP.sub("_", name[:80]).replace("-", "_").lower()
    return next(iter(get_close_matches(told, list(declared), 1, _ALIKE)), None)
