"""The key that signs erasure receipts. It is in KMS, which gives out only the public half."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import botocore.session
from botocore.config import Config

from customers.domain.erasure.jws import jwk_of, signed, unsigned
from customers.store.faults import named_faults


class SigningKey:
    """An asymmetric key on P-256."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    @classmethod
    def connect(cls) -> SigningKey:
        """The key named by `RECEIPTS_KEY`."""
        config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
        client = botocore.session.get_session().create_client("kms", config=config)
        return cls(client, os.environ["RECEIPTS_KEY"])

    @cached_property
    def jwk(self) -> dict[str, str]:
        """The public key. Raises `Unavailable`."""
        with named_faults():
            return jwk_of(self._client.get_public_key(KeyId=self._key_id)["PublicKey"])

    def sign(self, payload: Mapping[str, Any]) -> str:
        """A compact JSON Web Signature. Raises `Unavailable`."""
        # Imported here: a function that only publishes the key does not load it.
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        text = unsigned(payload, self.jwk["kid"])
        with named_faults():
            answer = self._client.sign(
                KeyId=self._key_id,
                Message=hashlib.sha256(text.encode()).digest(),
                MessageType="DIGEST",
                SigningAlgorithm="ECDSA_SHA_256",
            )
        return signed(text, *decode_dss_signature(answer["Signature"]))
