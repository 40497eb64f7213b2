"""Encrypts the journal's lines with a key of the host's, by AES-256-GCM. Needs the extra `encryption`."""

from __future__ import annotations

import base64
import binascii
import os
from typing import Protocol

from customers_till.journal_errors import JournalKeyError

_NONCE = 12


class Seal(Protocol):
    """Turns a line's text into what is stored, and back. `place` ties it to its file and its place in it."""

    sealed: bool

    def close(self, text: bytes, place: bytes) -> bytes:
        """No line break is in the result."""

    def open(self, stored: bytes, place: bytes) -> bytes:
        """Raises `JournalKeyError`."""


class Plain:
    """Stores a line as it is."""

    sealed = False

    def close(self, text: bytes, place: bytes) -> bytes:
        return text

    def open(self, stored: bytes, place: bytes) -> bytes:
        return stored


class Encrypted:
    """`key` has 32 bytes. Keep it where the till keeps its other secrets."""

    sealed = True

    def __init__(self, key: bytes) -> None:
        # Only tills that encrypt need the library.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(key) != 32:
            raise ValueError("the key must have 32 bytes")
        self._cipher = AESGCM(key)

    def close(self, text: bytes, place: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text, place))

    def open(self, stored: bytes, place: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.b64decode(stored, validate=True)
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], place)
        except (InvalidTag, ValueError, binascii.Error):
            raise JournalKeyError("the key does not open this journal, or somebody has changed it") from None
