"""Read a command's arguments. A mistake is one line with the fix and the nearest valid word."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NoReturn

NEAR = 0.5
# Only root may listen on lower ports.
FIRST_PORT, LAST_PORT = 1024, 65535
MOST = 1_000_000_000
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# Options whose parameter of `make` has another name.
_IN_MAKE = {"most-waiting": "WAITING", "wait": "WAIT", "stalled-after": "STALLED"}
_ARGUMENT = re.compile(r"argument (?:--)?([\w-]+)(?:/\S+)?: (.*)", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """Like argparse's parser, but a mistake is one line that names the parameter of `make`."""

    def error(self, message: str) -> NoReturn:
        found = _ARGUMENT.fullmatch(message)
        self.exit(2, f"{parameter(found[1])}: {found[2]}\n" if found else f"{self.prog}: {message}\n")


def parameter(option: str) -> str:
    """The name of an option as a parameter of `make`."""
    return _IN_MAKE.get(option, option.upper().replace("-", "_"))


def nearest(word: str, words: Collection[str]) -> str | None:
    """The word that was probably meant, if there is one."""
    lowered = {each.lower(): each for each in words}
    for known, each in lowered.items():
        if len(word) > 2 and word.lower() in known:
            return each
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=NEAR)
    return lowered[found[0]] if found else None


def one_of(words: Collection[str]) -> Callable[[str], str]:
    """An argparse type that accepts one of these words."""

    def read(text: str) -> str:
        if text in words:
            return text
        raise argparse.ArgumentTypeError(unknown(text, words))

    return read


def unknown(text: str, words: Collection[str]) -> str:
    """The message for a word that is not in the list."""
    meant = nearest(text, words)
    hint = f" (did you mean {meant}?)" if meant else ""
    return f"there is no {text!r}{hint}; use one of {', '.join(sorted(words))}"


def port(text: str) -> int:
    """A port that a user may listen on."""
    if re.fullmatch(r"[0-9]{1,9}", text) and FIRST_PORT <= int(text) <= LAST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port to listen on; use {FIRST_PORT} to {LAST_PORT}")


def count(text: str) -> int:
    """How many: 1 or more."""
    if re.fullmatch(r"[0-9]{1,10}", text) and 1 <= int(text) <= MOST:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a number, 1 or more, not {text!r}")


def seconds(text: str) -> float:
    """How long: 0 or more."""
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text):
        return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")


def existing(text: str) -> Path:
    """An existing file."""
    if not (path := Path(text)).is_file():
        raise argparse.ArgumentTypeError(f"There is no file {text}")
    return path


def identifier(example: str) -> Callable[[str], str]:
    """An argparse type for ids in tokens and facts."""
    return _matching(_ID, f"an id of letters, digits and . _ : - such as {example}")


def prefixed(prefix: str, what: str) -> Callable[[str], str]:
    """An argparse type for ids that this system generates."""
    return _matching(re.compile(rf"{prefix}_[A-Za-z0-9]+"), f"{what}, {prefix}_…")


def _matching(pattern: re.Pattern[str], expected: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if pattern.fullmatch(text):
            return text
        raise argparse.ArgumentTypeError(f"{text!r} is not {expected}" if text else f"is missing: use {expected}")

    return read


ENTERPRISE = identifier("11111111-1111-1111-1111-111111111111")
MESSAGE = _matching(re.compile("[A-Za-z0-9-]{1,100}"), "a message id, as make refused lists them")
