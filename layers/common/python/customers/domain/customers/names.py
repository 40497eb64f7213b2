"""Rules for a customer's name."""

from __future__ import annotations

import unicodedata

from customers.domain.refusals import ValidationError

MAX_NAME = 200
"""Characters."""
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159")
"""Hangul fillers, the empty Braille cell and the empty note head: Unicode files them under letters and symbols."""
UNSEEN = "must hold a character that can be seen"


def is_one_line(text: str) -> bool:
    """Names hold joiners (Persian, emoji) and marks of direction, but neither lines nor controls."""
    return not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text)


def is_seen(text: str) -> bool:
    """Whether a reader sees anything: a letter, number, symbol or punctuation mark that is not drawn as a blank."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANKS for char in text)


def clean_name(typed: str) -> str:
    """The name as it is stored. Raises `ValidationError`."""
    name = typed.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise ValidationError("name", f"must have 1 to {MAX_NAME} characters")
    if not is_one_line(name):
        raise ValidationError("name", "must be one line of text")
    if not is_seen(name):
        raise ValidationError("name", UNSEEN)
    return name
