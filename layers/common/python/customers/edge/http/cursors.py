"""Cursors: the end of a page, encrypted. Nobody can read one, forge one, or use it for anything but the next page.

A cursor is valid only for its own enterprise, operation and query.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from customers.domain.canonical_json import compact_json
from customers.domain.refusals import ValidationError

MAX_CURSOR = 2048
"""The longest accepted cursor, in characters."""

_NONCE = 12
"""Random bytes of each cursor. One key is safe for some 2^32 of them."""


class Cursors:
    """Encrypts and decrypts cursors with AES-GCM.

    `secret` gives a key of 32 bytes for a purpose. It is asked once, when the first cursor is made or read. What it
    raises is raised.
    """

    def __init__(self, secret: Callable[[str], bytes]) -> None:
        self._secret = secret

    @cached_property
    def _key(self) -> AESGCM:
        return AESGCM(self._secret("cursors"))

    def seal(self, enterprise: str, operation: str, query: str, position: Mapping[str, Any]) -> str:
        """`position` (JSON) as URL-safe text. `query` is everything that must be the same on the next page."""
        nonce = os.urandom(_NONCE)
        plaintext = compact_json(dict(position)).encode()
        return _shown(nonce + self._key.encrypt(nonce, plaintext, _bound(enterprise, operation, query)))

    def open(self, enterprise: str, operation: str, query: str, cursor: str) -> dict[str, Any]:
        """The position. Raises the same `ValidationError` for every kind of bad cursor."""
        try:
            sealed = _read(cursor)
            plaintext = self._key.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(enterprise, operation, query))
        except (ValueError, InvalidTag):
            raise ValidationError("cursor", "is not a next_cursor of this query; begin again without one") from None
        position: dict[str, Any] = json.loads(plaintext)
        return position


def _bound(enterprise: str, operation: str, query: str) -> bytes:
    """A JSON list: two different triples never have the same text, and any text can be encoded."""
    return json.dumps([enterprise, operation, query]).encode()


def _shown(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _read(cursor: str) -> bytes:
    """The inverse of `_shown`, for its own texts only: base64 has several texts for one value. Raises `ValueError`."""
    if len(cursor) > MAX_CURSOR:
        raise ValueError
    sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    if _shown(sealed) != cursor:
        raise ValueError
    return sealed
