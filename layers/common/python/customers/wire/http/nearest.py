"""Suggests the declared name that a caller probably meant, and shows a sent name only if it is safe."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A parameter's name has letters and at most one digit. Any other name may be a phone, and is not repeated.
_NAME = re.compile(r"[A-Za-z_-]{1,40}[0-9]?")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ALIKE = 0.6
"""The similarity, from 0 to 1, from which one name counts as a misspelling of the other."""


def shown_name(name: object, instead: str) -> str:
    """The name if it looks like a parameter's name, else `instead`."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else instead


def nearest(name: str, declared: Iterable[str]) -> str | None:
    """The declared name that is most similar to `name`; None if none is similar enough."""
    # Imported here, because only a refusal needs it.
    from difflib import get_close_matches

    written = _HUMP.sub("_", name[:80]).replace("-", "_").lower()
    return next(iter(get_close_matches(written, list(declared), 1, _ALIKE)), None)
