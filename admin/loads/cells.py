"""Reads cells as spreadsheets and tills write them. What would have to be guessed is refused, and why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from admin.loads.wrong import Unfit
from customers.domain.identifiers.phone import normalise
from customers.domain.instants import show_instant
from customers.domain.refusals import ValidationError

_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")
_FLOAT = re.compile(r"\+?\d+[.,]0+", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_AMOUNT = re.compile(r"[+-]?(\d{1,30}\.\d{0,30}|\.\d{1,30})", re.ASCII)
_SERIAL = re.compile(r"\d{5}([.,]\d+)?", re.ASCII)
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"}
_NOTHING = {"NULL", "(null)", "<null>", "\\N"}
_YES, _NO = {"1", "true", "yes", "y", "x"}, {"0", "false", "no", "n"}

Rule = Mapping[str, Any]
"""What the mapping says of one field: `column`, and what that kind of cell needs to be read."""


def cell(text: str, field: str) -> str:
    """What a cell holds, without what a spreadsheet has put around it. Raises `Unfit`."""
    if any("\udc80" <= letter <= "\udcff" for letter in text):
        raise Unfit("is not UTF-8: export the file as CSV UTF-8")
    plain = text.strip()
    if plain in _ERRORS:
        raise Unfit("is a spreadsheet's error: mend the formula and export again")
    if plain in _NOTHING:
        raise Unfit("is a database's word for nothing: export an empty cell")
    # A spreadsheet shows text that looks like a number so. A name may begin with an apostrophe of its own.
    bare = plain if field == "name" else plain.removeprefix("'")
    return bare.removeprefix('="').removesuffix('"').strip() if bare.startswith('="') else bare.strip()


def phone(text: str, rule: Rule) -> str:
    """E.164. National numbers need a `home_region`."""
    _as_text(text)
    try:
        return normalise(text, rule.get("home_region")).e164
    except ValidationError:
        if _DIGITS.fullmatch(text):
            raise Unfit("is not a phone number: a spreadsheet may have dropped its plus or its leading zeros") from None
        raise Unfit("is not a phone number") from None


def identifier(text: str, rule: Rule) -> list[str]:
    """An id, as it is. `length` says how many characters it has, so that lost zeros are noticed."""
    _as_text(text)
    length = rule.get("length")
    if length is not None and len(text) != length:
        lost = "; leading zeros may be lost" if len(text) < length and _DIGITS.fullmatch(text) else ""
        raise Unfit(f"has {len(text)} characters where the mapping says {length}{lost}")
    return [text]


def money(text: str, rule: Rule) -> int:
    """Minor units. `decimals` is how many digits follow the `decimal` sign (default: a point) of whole units."""
    _not_rounded(text)
    decimals, sign, thousands = rule.get("decimals", 0), rule.get("decimal", "."), rule.get("thousands", "")
    plain = _ascii(text)
    if thousands.isspace():
        # Spreadsheets take spaces that do not break, of several widths.
        plain = re.sub(r"\s", thousands, plain)
    before, _, after = plain.partition(sign)
    if thousands and thousands in plain:
        # 1.234.567 and, in India, 12,34,567. What is grouped otherwise has another sign for decimals.
        each = re.escape(thousands)
        if not re.fullmatch(rf"[+-]?\d{{1,3}}({each}\d{{2,3}})*{each}\d{{3}}", before, re.ASCII) or thousands in after:
            raise Unfit(f"has {thousands!r} where no thousands end: it may stand for decimals")
        before = before.replace(thousands, "")
    if sign != "." and "." in before + after:
        raise Unfit(f"has a point, but the mapping says that decimals follow {sign!r}")
    if not _AMOUNT.fullmatch(f"{before}.{after}"):
        raise Unfit("is not an amount")
    if len(after.rstrip("0")) > decimals:
        raise Unfit(f"has more than {decimals} decimals")
    minor = int(f"{before}{after[:decimals].ljust(decimals, '0')}")
    if minor < 0:
        raise Unfit("is negative")
    return minor


def whole(text: str, _rule: Rule) -> int:
    _not_rounded(text)
    plain = _ascii(text)
    if not _DIGITS.fullmatch(plain) or len(plain) > 18:
        raise Unfit("is not a whole number")
    return int(plain)


def instant(text: str, rule: Rule) -> str:
    """RFC 3339, or the local `format` (as of strptime) in the `time_zone` that the mapping names."""
    if _SERIAL.fullmatch(text):
        raise Unfit("is a spreadsheet's number of days: format the column as a date and export again")
    if "format" not in rule:
        return text
    try:
        local = datetime.strptime(text, rule["format"])
        at = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(rule.get("time_zone", "UTC")))
        shown = show_instant(at.astimezone(UTC))
    except (ValueError, OverflowError):
        raise Unfit(f"is not a date of the form {rule['format']}") from None
    if at > datetime.now(UTC):
        raise Unfit("is in the future")
    return shown


def yes(text: str, _rule: Rule) -> bool:
    word = text.lower()
    if word not in _YES | _NO:
        raise Unfit("is neither yes nor no (1, true, yes, y, x; 0, false, no, n)")
    return word in _YES


def plain(text: str, _rule: Rule) -> str:
    return text


READERS: Mapping[str, Callable[[str, Rule], Any]] = {
    "phone": phone,
    "name": plain,
    "verified": yes,
    "member_since": instant,
    "last_visit_at": instant,
    "spendable_minor": money,
    "lifetime_spend_minor": money,
    "visit_count": whole,
    "provider_customer_ids": identifier,
}
"""The fields of `customer.imported` that a column can fill, and the phone."""


def _as_text(text: str) -> None:
    """It has never been a number."""
    _not_rounded(text)
    if _FLOAT.fullmatch(text):
        raise Unfit("ends in .0, so it has been a number with decimals: format the column as text and export again")


def _not_rounded(text: str) -> None:
    if _SCIENTIFIC.fullmatch(text):
        raise Unfit(
            "is in scientific notation: the spreadsheet has rounded it. Format the column as text and export again"
        )


def _ascii(text: str) -> str:
    """The same with ASCII digits, whatever digits it is written in."""
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)
