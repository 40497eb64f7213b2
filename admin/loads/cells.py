"""Reads cells as spreadsheets and tills write them. What would have to be guessed is refused, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from admin.loads.wrong import Unfit
from customers.domain.identifiers.phone import normalise
from customers.domain.instants import show_instant
from customers.domain.refusals import ValidationError

_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")
_DIGITS = re.compile(r"\d+", re.ASCII)
_YES, _NO = {"1", "true", "yes", "y", "x"}, {"0", "false", "no", "n"}

Rule = Mapping[str, Any]
"""What the mapping says of one field: `column`, and what that kind of cell needs to be read."""


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
    _as_text(text)
    decimals, sign = rule.get("decimals", 0), rule.get("decimal", ".")
    thousands = rule.get("thousands", "")
    plain = text.replace(thousands, "") if thousands else text
    if sign != ".":
        if "." in plain:
            raise Unfit(f"has a point, but the mapping says that decimals follow {sign!r}")
        plain = plain.replace(sign, ".")
    try:
        minor = Decimal(plain).scaleb(decimals)
    except InvalidOperation:
        raise Unfit("is not an amount") from None
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise Unfit(f"has more than {decimals} decimals")
    if minor < 0:
        raise Unfit("is negative")
    return int(minor)


def whole(text: str, _rule: Rule) -> int:
    _as_text(text)
    if not _DIGITS.fullmatch(text):
        raise Unfit("is not a whole number")
    return int(text)


def instant(text: str, rule: Rule) -> str:
    """RFC 3339, or the local `format` (as of strptime) in the `time_zone` that the mapping names."""
    if "format" not in rule:
        return text
    try:
        local = datetime.strptime(text, rule["format"])
    except ValueError:
        raise Unfit(f"is not a date of the form {rule['format']}") from None
    at = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(rule.get("time_zone", "UTC")))
    return show_instant(at.astimezone(UTC))


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
    if _SCIENTIFIC.fullmatch(text):
        raise Unfit(
            "is in scientific notation: the spreadsheet has rounded it. Format the column as text and export again"
        )
