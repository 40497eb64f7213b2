"""The search terms of a customer: the words of the name, the phone, its last four digits.

Stored names and typed words are folded by the same function. A name has a term for every word that finds it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone

DISABLED = "disabled_"
"""How the kinds of the terms of disabled customers begin: no other search comes across them."""
LONGEST_WORD = 40
"""Characters of a word that count; later ones are ignored."""

_APOSTROPHE = "'"
_APOSTROPHES = dict.fromkeys(
    map(ord, "\u2019\u02bc\u02bb\u02bf\u2018\u201b\u02be\u02bd\u02b9\u0060\u00b4\uff07\u2032\u055a\ua78c"), _APOSTROPHE
)
"""Characters that people and keyboards write for an apostrophe, an okina, a hamza or an ayn."""
_ARTICLE = "\u0627\u0644"
_SHORTEST_WITH_ARTICLE = 5
"""Characters. A shorter word may only look as if it began with the article."""
_WITHOUT_SPACES = (
    ("\u1100", "\u115e"),  # the first consonant of a Korean syllable, because syllables are decomposed
    ("\ua960", "\ua97c"),
    ("\u2e80", "\u2fdf"),  # radicals
    ("\u3005", "\u3007"),
    ("\u3021", "\u3029"),
    ("\u3041", "\u30ff"),  # Hiragana, Katakana
    ("\u3105", "\u312f"),  # Bopomofo
    ("\u31a0", "\u31ff"),
    ("\u3400", "\u4dbf"),  # Chinese characters
    ("\u4e00", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U000323af"),
)
"""Ranges of the scripts of China, Japan and Korea."""

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
    """The distinct words of a query, independent of case, accents, vowel signs, apostrophes and variants of letters."""
    joined = ("".join(parts) for parts in _tokens(text))
    return tuple(dict.fromkeys(_without_article(word)[:LONGEST_WORD] for word in joined))


def name_words(name: str) -> tuple[str, ...]:
    """The distinct words of a name and their variants. A query finds the name by the beginning of any of them.

    A word with apostrophes has variants without them and from each apostrophe on. An Arabic word has one without the
    article. A word in a script without spaces has one from each of its characters on. So there are at most a few more
    than the name has characters.
    """
    found: dict[str, None] = {}
    for parts in _tokens(name):
        for start in range(len(parts)):
            for form in _forms("".join(parts[start:])):
                found[form[:LONGEST_WORD]] = None
    return tuple(found)


def search_terms(profile: Profile) -> tuple[str, ...]:
    """Each as `{kind}#{value}`, of the kinds word, last4 and phone. None for an erased customer."""
    if profile.erased:
        return ()
    terms = (*(f"word#{word}" for word in name_words(profile.name or "")), *phone_terms(profile.phone))
    return tuple(f"{DISABLED}{term}" for term in terms) if profile.disabled else terms


def phone_terms(phone: Phone) -> tuple[str, ...]:
    """The terms of a customer's own phone."""
    return (f"last4#{phone.e164[-4:]}", f"phone#{phone.e164}")


def absorbed_phone_terms(phone: Phone) -> tuple[str, ...]:
    """The terms of a phone that a merge has absorbed. It is in both parts of the index, whether or not the survivor is
    disabled: so nothing has to be written when that changes.
    """
    terms = phone_terms(phone)
    return (*terms, *(f"{DISABLED}{term}" for term in terms))


def _tokens(text: str) -> list[list[str]]:
    """The words of a text, each in the parts that apostrophes divide it into."""
    divided = (
        [part for part in word.split(_APOSTROPHE) if part] for word in "".join(map(_letter, _folded(text))).split()
    )
    return [parts for parts in divided if parts]


def _forms(word: str) -> Iterator[str]:
    yield word
    yield _without_article(word)
    yield from (word[start:] for start in range(1, len(word)) if _begins_a_part(word[start]))


def _without_article(word: str) -> str:
    return word[len(_ARTICLE) :] if word.startswith(_ARTICLE) and len(word) >= _SHORTEST_WITH_ARTICLE else word


def _begins_a_part(character: str) -> bool:
    """Whether a person may begin to type there: at a character of a script that is written without spaces."""
    return any(first <= character <= last for first, last in _WITHOUT_SPACES)


def _folded(text: str) -> str:
    """The same text for equal spellings: decomposed, lower case, without marks, digits in ASCII."""
    # Apostrophes first: an acute accent by itself would be decomposed into a space and a mark.
    text = text.translate(_APOSTROPHES)
    # The lower-case forms of some characters can be decomposed further.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_APOSTROPHES)
    return "".join(map(_bare, apart)).translate(_ALIKE)


def _bare(character: str) -> str:
    # Mn and Me are marks on another character. Cf is invisible: joiners, directions, soft hyphens.
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _letter(character: str) -> str:
    """The character itself if it is part of a word, else a separator."""
    if character == _APOSTROPHE:
        return character
    # Mc is a vowel beside its letter, in the scripts of India.
    return character if unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "Mc" else " "
