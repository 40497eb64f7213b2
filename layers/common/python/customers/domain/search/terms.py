"""By what a customer is found: the words of the name, the phone, its last four digits.

Names and what is typed to find them pass through the same `words`.
"""

from __future__ import annotations

import unicodedata

from customers.domain.customers.profile import Profile

DISABLED = "disabled_"
"""How the kinds of the terms of disabled customers begin: no other search comes across them."""
MOST_WORDS = 10
LONGEST_WORD = 40
"""Characters of a word that count; what is typed beyond them does not tell names apart."""

# What Unicode does not take apart: letters that one person types for another's, and the line that stretches a word.
_ALIKE = str.maketrans(
    {
        "ٱ": "ا",
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ہ": "ه",
        "ھ": "ه",
        "ە": "ه",
        "ـ": None,
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
    }
)


def words(text: str) -> tuple[str, ...]:
    """The distinct words of a text, whatever its case, accents, vowel signs or way of writing: what is searched by."""
    found = "".join(map(_letter, _folded(text))).split()
    return tuple(dict.fromkeys(word[:LONGEST_WORD] for word in found))[:MOST_WORDS]


def search_terms(profile: Profile) -> tuple[str, ...]:
    """Each as `{kind}#{value}`, of the kinds word, last4 and phone. An erased customer has none."""
    if profile.erased:
        return ()
    phone = profile.phone.e164
    terms = (*(f"word#{word}" for word in words(profile.name or "")), f"last4#{phone[-4:]}", f"phone#{phone}")
    return tuple(f"{DISABLED}{term}" for term in terms) if profile.disabled else terms


def _folded(text: str) -> str:
    """One text for all that are spelled alike: taken apart, in small letters, without marks, digits in ASCII."""
    # Small letters of some characters can be taken apart further.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(map(_bare, apart)).translate(_ALIKE)


def _bare(character: str) -> str:
    # Mn and Me lie on another character. Cf is not seen at all: joiners, directions, soft hyphens.
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _letter(character: str) -> str:
    """The character itself if it is part of a word, else what separates words."""
    # Mc is a vowel that stands beside its letter, in the scripts of India.
    return character if unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "Mc" else " "
