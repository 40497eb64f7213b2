"""The one normaliser of phone numbers, used by every read and every write.

`phonenumbers` is asked only when a number is not plainly E.164 already: its import costs more than the rest of a
lookup. `phone_plan.py` holds what decides "plainly", generated from that library and tested to agree with it.
"""

from __future__ import annotations

import re
import unicodedata

from customers.domain.identifiers.phone_plan import PLAN
from customers.domain.lean_dataclass import dataclass
from customers.domain.refusals import ValidationError

MAX_TYPED = 64
"""Characters of input that are looked at."""
MAX_E164 = 16
"""Characters of the longest E.164 number: a plus and 15 digits."""

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_BEGINNING = re.compile(r"\+[1-9]\d{0,14}", re.ASCII)
# Pd has the dashes of every script, Ps and Pe the brackets, Zs the spaces.
_SEPARATING_CATEGORIES = ("Pd", "Ps", "Pe", "Zs")
# Minus signs, a hyphen bullet, and the long-vowel mark that the hyphen key of a Japanese keyboard gives.
_OTHER_HYPHENS = "\u2212\u2043\u02d7\u30fc\uff70"
# ASCII, small and full-width; the full stops of Chinese and Arabic keyboards; the dots in the middle of a line.
_DOTS = ".\ufe52\uff0e\u3002\uff61\u06d4\u00b7\u2024\u2027\u2219\u22c5\u30fb\uff65"
_SEPARATORS = frozenset(_OTHER_HYPHENS + _DOTS)
_QUOTATION_MARKS = frozenset("\u201a\u201e\u2e42\u301d\u301e\u301f")
"""Unicode files these under brackets."""
_EXAMPLE = "e.g. +97433001122"


@dataclass(frozen=True, slots=True)
class Phone:
    """A normalised number. Made by `normalise` (or read from a row); never shown by `repr`."""

    e164: str

    def __repr__(self) -> str:
        return "Phone(…)"


def normalise(typed: str, home_region: str | None = None, field: str = "phone") -> Phone:
    """Turn what a person typed into E.164.

    `home_region` (ISO 3166-1 alpha-2) expands a national number. Raises `ValidationError` naming `field`.
    """
    if _plainly_e164(typed):
        return Phone(typed)
    if len(typed) > MAX_TYPED:
        raise ValidationError(field, f"is longer than {MAX_TYPED} characters")
    text = _fold(typed, field)
    if text.startswith("+") or not typed.startswith(" "):
        return Phone(_expand(text, home_region, field))
    # A form decoder turns an unescaped `+` into this space.
    try:
        return Phone(_expand("+" + text, None, field))
    except ValidationError:
        return Phone(_expand(text, home_region, field))


def phone_beginning(typed: str, home_region: str | None = None, field: str = "phone_prefix") -> str:
    """Turn what a person typed into the beginning of E.164 numbers: a `+` and 1 to 15 digits.

    Digits without a `+` begin a national number of `home_region`. A whole number that `normalise` takes begins with
    all of itself. Raises `ValidationError` naming `field`.
    """
    typed = typed.strip()
    try:
        return normalise(typed, home_region, field).e164
    except ValidationError:
        # Not a whole number, or none at all; what can be no beginning either is refused below.
        text = _fold(typed, field)
    if not text.startswith("+"):
        text = _international(text, home_region, field)
    if not _BEGINNING.fullmatch(text):
        raise ValidationError(field, "must be + and the first 1 to 15 digits of a number, e.g. +974330")
    return text


def typed_digits(text: str) -> str | None:
    """The ASCII digits of a text, after its `+` if it has one; None if it holds anything else that can be seen."""
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    try:
        return _digits(seen, "")
    except ValidationError:
        return None


def _international(national: str, region: str | None, field: str) -> str:
    if region is None:
        raise ValidationError(field, f"must begin with + and the country code, {_EXAMPLE}")
    import phonenumbers

    trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
    return f"+{phonenumbers.country_code_for_region(region)}{national.removeprefix(trunk)}"


def _plainly_e164(text: str) -> bool:
    """Whether the library would surely give `text` back unchanged and call it possible."""
    if not _E164.fullmatch(text):
        return False
    for width in (1, 2, 3):
        rule = PLAN.get(text[1 : 1 + width])
        if rule:
            lengths, trunk = rule
            national = text[1 + width :]
            return len(national) in lengths and national[0] != "0" and not (trunk and re.match(trunk, national))
    return False


def _fold(typed: str, field: str) -> str:
    """Only `+` and ASCII digits remain; a leading `00` has become `+`."""
    text = _digits(typed, field)
    return "+" + text[2:] if text.startswith("00") else text


def _digits(typed: str, field: str) -> str:
    kept: list[str] = []
    for char in typed.strip():
        if char.isdecimal():
            kept.append(str(unicodedata.decimal(char)))
        elif char in "+\uff0b\ufe62":
            kept.append("+")
        elif _separates(char):
            continue
        elif unicodedata.category(char) == "Cf":
            raise ValidationError(
                field, "holds an invisible character, as text copied from a chat may; type the number"
            )
        else:
            raise ValidationError(field, f"may only have digits, +, spaces, hyphens, dots and brackets, {_EXAMPLE}")
    text = "".join(kept)
    if not text:
        raise ValidationError(field, f"is empty; send an E.164 number, {_EXAMPLE}")
    if "+" in text[1:]:
        raise ValidationError(field, f"may only have + at its start, {_EXAMPLE}")
    return text


def _separates(char: str) -> bool:
    """Whether people type the character between the digits of a number."""
    if char in _QUOTATION_MARKS:
        return False
    return char in _SEPARATORS or unicodedata.category(char) in _SEPARATING_CATEGORIES


def _expand(text: str, home_region: str | None, field: str) -> str:
    if _plainly_e164(text):
        return text
    if not text.startswith("+") and home_region is None:
        raise ValidationError(field, f"must begin with + and the country code, {_EXAMPLE}")
    import phonenumbers  # here, because a plain E.164 number must not pay for it

    try:
        number = phonenumbers.parse(text, None if text.startswith("+") else home_region)
    except phonenumbers.NumberParseException:
        raise ValidationError(field, f"is not a phone number, {_EXAMPLE}") from None
    e164: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    reason = phonenumbers.is_possible_number_with_reason(number)
    # In a few countries the library's plan has numbers longer than E.164 allows.
    possible = reason == phonenumbers.ValidationResult.IS_POSSIBLE and len(e164) <= MAX_E164
    # Few countries keep a leading zero (Italy). Elsewhere it is a mistake, and guessing could greet a stranger.
    stray_zero = bool(number.italian_leading_zero) and not phonenumbers.is_valid_number(number)
    if stray_zero or not possible:
        hint = "leave out the leading zero" if stray_zero else "check the country code and the number of digits"
        raise ValidationError(field, f"is not a possible number: {hint}, {_EXAMPLE}")
    return e164
