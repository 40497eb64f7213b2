"""Keys that KMS derives. The HMAC key that they come from never leaves KMS, and no configuration holds any of them."""

from __future__ import annotations

import os
from functools import cache, cached_property
from typing import Any

from customers.store.faults import named_faults

MOST = 1000
"""The most derived keys that a process holds in memory."""


class DerivedKeys:
    """HMAC-SHA-256 of a purpose, by an HMAC key in KMS. A process asks once for each purpose."""

    def __init__(self, key_id: str, client: Any = None) -> None:
        self._key_id = key_id
        self._given = client
        self._derived: dict[str, bytes] = {}

    @classmethod
    def of_pseudonyms(cls) -> DerivedKeys:
        """From the key named by `PSEUDONYM_KEY`."""
        return cls(os.environ["PSEUDONYM_KEY"])

    @classmethod
    def of_cursors(cls) -> DerivedKeys:
        """From the key named by `CURSOR_KEY`."""
        return cls(os.environ["CURSOR_KEY"])

    def key(self, purpose: str) -> bytes:
        """32 bytes, always the same for the same purpose. At most one request. Raises `Unavailable`."""
        if purpose not in self._derived:
            with named_faults():
                mac: bytes = self._client.generate_mac(
                    KeyId=self._key_id, MacAlgorithm="HMAC_SHA_256", Message=purpose.encode()
                )["Mac"]
            if len(self._derived) >= MOST:
                del self._derived[next(iter(self._derived))]
            self._derived[purpose] = mac
        return self._derived[purpose]

    @cached_property
    def _client(self) -> Any:
        return self._given or _connect()


@cache
def _connect() -> Any:
    # Imported here: a process that makes no keyed hash does not load it.
    import botocore.session
    from botocore.config import Config

    # Both tries end before a function of ten seconds does.
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    return botocore.session.get_session().create_client("kms", config=config)
