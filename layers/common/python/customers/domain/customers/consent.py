"""Consent: purposes, each given (true) or refused (false).

When two statements are combined the stricter holds, and that is always `false`. So a purpose must say what is allowed.
A purpose that is worded as a refusal (`do_not_contact`) would turn this round, and is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from customers.domain.customers.names import is_seen
from customers.domain.refusals import ValidationError

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_APOSTROPHES = re.compile(r"['\u2019\u02bc\u02bb\u02bf\u2018`\u00b4]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_QUOTABLE = re.compile(r"[A-Za-z_-]{1,40}")
"""A programmer's name. Anything else may be personal, and no error message repeats it."""

# fmt: off
_ANYWHERE = (
    "not", "never", "cannot", "dont", "donot", "wont", "without", "refuse", "refused", "refuses", "refusal",
    "declined", "rejected", "denied", "withdrawn", "revoked", "objected", "opposed", "blocked", "suppressed",
    "excluded", "dnc",
)
_AT_THE_START = (
    "stop", "block", "suppress", "exclude", "decline", "reject", "deny", "withdraw", "revoke",
)
# fmt: on
_PARTS = ("optout", "optedout", "unsubscrib", "donot")
"""Words that only a refusal contains."""
_OPT = ("opt", "opts", "opted", "opting")
# fmt: off
_FILLERS = (
    "do", "does", "to", "from", "of", "for", "be", "me", "my", "by", "all", "any", "the", "is", "was", "has",
    "been",
)
# fmt: on
"""Words that remain at an end of a purpose after the refusal is removed."""


def require_purposes(purposes: Iterable[str]) -> None:
    """Raises `ValidationError` for a purpose that is empty or worded as a refusal; it names the positive form."""
    for purpose in purposes:
        if not is_seen(purpose):
            raise ValidationError("consent", "holds a purpose without a name")
        if (positive := positive_form(purpose)) is not None:
            example = positive if _QUOTABLE.fullmatch(purpose) and positive else "marketing"
            raise ValidationError(
                "consent",
                "holds a purpose that is worded as a refusal; name what the customer may allow, "
                f"e.g. {example}: true if it is allowed, false if it is refused",
            )


def positive_form(purpose: str) -> str | None:
    """The thing that a purpose worded as a refusal refuses, e.g. `contact`; may be empty. None for other purposes."""
    words = _words(purpose)
    refusing = set(_refusing(words))
    if not refusing:
        return None
    left = [word for position, word in enumerate(words) if position not in refusing]
    while left and left[0] in _FILLERS:
        del left[0]
    while left and left[-1] in _FILLERS:
        del left[-1]
    return "_".join(left)


def _words(purpose: str) -> list[str]:
    text = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", purpose))
    return [word for word in _BETWEEN_WORDS.split(_HUMP.sub("_", text).casefold()) if word]


def _refusing(words: list[str]) -> Iterator[int]:
    """The positions of the words that make a purpose a refusal."""
    for position, word in enumerate(words):
        following = words[position + 1] if position + 1 < len(words) else ""
        if word in _ANYWHERE or any(part in word for part in _PARTS):
            yield position
        elif word == "no" and (following or len(words) == 1):
            # At the end it is Norway or Norwegian: newsletter_no.
            yield position
        elif word in _AT_THE_START and position == 0 and following:
            yield position
        elif word in _OPT and following == "out":
            yield from (position, position + 1)
