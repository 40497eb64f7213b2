"""A customer's name: what may be one."""

from __future__ import annotations

import unicodedata

from customers.domain.refusals import ValidationError

MAX_NAME = 200
"""Characters."""


def is_one_line(text: str) -> bool:
    """Names hold joiners (Persian, emoji) and marks of direction, but neither lines nor controls."""
    return not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text)


def clean_name(typed: str) -> str:
    """As it is kept. Raises `ValidationError`."""
    name = typed.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise ValidationError("name", f"must have 1 to {MAX_NAME} characters")
    if not is_one_line(name):
        raise ValidationError("name", "must be one line of text")
    return name
