"""The search terms of a customer: the words of the name, the phone, its last four digits.

Stored names and typed words pass through the same `words`.
"""

from __future__ import annotations

import unicodedata

from customers.domain.customers.profile import Profile

DISABLED = "disabled_"
"""How the kinds of the terms of disabled customers begin: no other search comes across them."""
MOST_WORDS = 10
LONGEST_WORD = 40
"""Characters of a word that count; later ones are ignored."""

# Unicode does not decompose these: letters that people type for each other, and the line that stretches a word.
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
    """The distinct words of a text, independent of case, accents, vowel signs and variants of letters."""
    found = "".join(map(_letter, _folded(text))).split()
    return tuple(dict.fromkeys(word[:LONGEST_WORD] for word in found))[:MOST_WORDS]


def search_terms(profile: Profile) -> tuple[str, ...]:
    """Each as `{kind}#{value}`, of the kinds word, last4 and phone. None for an erased customer."""
    if profile.erased:
        return ()
    phone = profile.phone.e164
    terms = (*(f"word#{word}" for word in words(profile.name or "")), f"last4#{phone[-4:]}", f"phone#{phone}")
    return tuple(f"{DISABLED}{term}" for term in terms) if profile.disabled else terms


def _folded(text: str) -> str:
    """The same text for equal spellings: decomposed, lower case, without marks, digits in ASCII."""
    # The lower-case forms of some characters can be decomposed further.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(map(_bare, apart)).translate(_ALIKE)


def _bare(character: str) -> str:
    # Mn and Me are marks on another character. Cf is invisible: joiners, directions, soft hyphens.
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _letter(character: str) -> str:
    """The character itself if it is part of a word, else a separator."""
    # Mc is a vowel beside its letter, in the scripts of India.
    return character if unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "Mc" else " "
