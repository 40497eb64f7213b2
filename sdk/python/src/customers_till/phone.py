"""Phones as people type them. The service has the last word: it knows the home region and each country's plan."""

from __future__ import annotations

import re
import unicodedata

_SEPARATING_CATEGORIES = ("Pd", "Ps", "Pe", "Zs")
_SEPARATORS = "\u2212\u2043\u02d7\u30fc\uff70.\ufe52\uff0e\u3002\uff61\u06d4\u00b7\u2024\u2027\u2219\u22c5\u30fb\uff65"


class PhoneError(ValueError):
    """The text is not a phone number. It does not quote the text."""


def normalise_phone(typed: str) -> str:
    """One spelling for what a person typed: digits of any script become ASCII, separators go, `00` becomes `+`.

    A number without country code stays national, such as "33001122"; the service expands it by the enterprise's region.
    Raises `PhoneError`.
    """
    text = "".join(map(_folded, typed.strip()))
    number = "+" + text[2:] if text.startswith("00") else text
    if not re.fullmatch(r"\+?[0-9]{4,15}", number):
        raise PhoneError("it must be digits, with + and the country code before them")
    return number


def mask_phone(phone: str) -> str:
    """For a screen or a log where the whole number must not appear: the last two digits remain."""
    return re.sub(r"\d", "•", phone[:-2]) + phone[-2:]


def _folded(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if char in "+\uff0b\ufe62":
        return "+"
    category = unicodedata.category(char)
    if category == "Cf":
        raise PhoneError("it holds an invisible character, as text copied from a chat may; type it")
    return "" if char in _SEPARATORS or category in _SEPARATING_CATEGORIES else char
