"""Encrypts what only the operator may read: KMS gives the key, and only the operator may have it decrypted again."""

from __future__ import annotations

import os
import time
from typing import Any

import botocore.session
from botocore.config import Config

from customers.store.dynamodb.items import Item
from customers.store.faults import named_faults

KEY_SECONDS = 300
"""How long a process encrypts with one data key."""
_NONCE = 12
CONTEXT = {"purpose": "refused-facts"}


class SealingKey:
    """A symmetric key of KMS. Everything raises `Unavailable`."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key_id = key_id
        self._until = 0.0
        self._data_key: tuple[bytes, bytes] = (b"", b"")

    @classmethod
    def connect(cls) -> SealingKey:
        """The key named by `REFUSED_FACTS_KEY`."""
        config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
        client = botocore.session.get_session().create_client("kms", config=config)
        return cls(client, os.environ["REFUSED_FACTS_KEY"])

    def seal(self, text: str) -> Item:
        """The attributes that hold a text encrypted with AES-GCM."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        plain, encrypted = self._key()
        nonce = os.urandom(_NONCE)
        sealed = nonce + AESGCM(plain).encrypt(nonce, text.encode(errors="surrogatepass"), None)
        return {"sealed": {"B": sealed}, "sealed_key": {"B": encrypted}}

    def open(self, row: Item) -> str:
        """The inverse of `seal`, for the operator's commands."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        with named_faults():
            answer = self._client.decrypt(
                KeyId=self._key_id, CiphertextBlob=bytes(row["sealed_key"]["B"]), EncryptionContext=CONTEXT
            )
        sealed = bytes(row["sealed"]["B"])
        opened = AESGCM(answer["Plaintext"]).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        return opened.decode(errors="surrogatepass")

    def _key(self) -> tuple[bytes, bytes]:
        if time.monotonic() >= self._until:
            with named_faults():
                made = self._client.generate_data_key(KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=CONTEXT)
            self._data_key = made["Plaintext"], made["CiphertextBlob"]
            self._until = time.monotonic() + KEY_SECONDS
        return self._data_key
