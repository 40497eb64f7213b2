"""The issuer's public keys by `kid`: given inline, or fetched from its JWKS endpoint and cached.

PyJWT's client fetches (https, no redirects, a JSON object or an error), and this module adds the rest. Cached keys stay
valid while the endpoint fails, and neither a dead endpoint nor many unknown `kid`s cause a fetch for each request. A
monotonic clock gives the keys' age. No lock is needed: Lambda never runs two invocations in one process.
"""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from jwt import PyJWK, PyJWKClient
from jwt.exceptions import PyJWTError

from customers.edge.log import logger
from customers.tls import tls_context

FindKey = Callable[[str], PyJWK | None]
"""The key of a `kid`; None if the issuer has no such key. Raises `KeysUnavailable` if that is unknown."""

FRESH = 5 * 60
"""Seconds after which keys are fetched again: a key that the issuer withdrew is trusted no longer than this."""
STALE = 24 * 60 * 60
"""Seconds for which cached keys stay valid while the endpoint fails."""
REST = 30
"""Seconds between two fetches, successful or not."""
COLD_REST = 5
"""The same while there are no keys, so that a short failure at a cold start stays short."""
TIMEOUT = 3.0

_ALGORITHMS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
ALGORITHMS = tuple(_ALGORITHMS.values())
"""The key decides the algorithm of a token."""
_MIN_RSA_BITS = 2048
# Some proxies refuse urllib's default user agent.
_HEADERS = {"User-Agent": "customers-authorizer", "Accept": "application/json"}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class KeysUnavailable(Exception):  # noqa: N818 - the caller tries again
    """The endpoint does not answer and there is no valid cached key, so the token cannot be checked."""


def trusted_keys(url: str, inline: str) -> FindKey:
    """From the endpoint at `url`, else from `inline` (base64url of a JWKS). Raises `ValueError` if neither works."""
    if url:
        return JwksEndpoint(url).find
    padded = inline + "=" * (-len(inline) % 4)
    return usable_keys(json.loads(base64.urlsafe_b64decode(padded))).get


def usable_keys(document: Any) -> dict[str, PyJWK]:
    """The keys of a JWKS that may sign a token; others are ignored. Raises `ValueError` if none is left."""
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise ValueError("not a JWKS")
    found = {key.key_id: key for key in map(_usable_key, members) if key and key.key_id}
    if not found:
        raise ValueError("the JWKS holds no usable key")
    return found


def _usable_key(jwk: Any) -> PyJWK | None:
    try:
        algorithm = _ALGORITHMS[jwk["kty"], jwk.get("crv")]
        if not isinstance(jwk["kid"], str) or not _signs(jwk, algorithm):
            return None
        key = PyJWK(jwk, algorithm)
    except (LookupError, TypeError, PyJWTError):
        return None
    return key if algorithm != "RS256" or key.key.key_size >= _MIN_RSA_BITS else None


def _signs(jwk: Mapping[str, Any], algorithm: str) -> bool:
    """Whether the key is for signatures by this algorithm. A published private key is refused: anyone has it."""
    for_signatures = jwk.get("use") in (None, "sig") and "verify" in jwk.get("key_ops", ["verify"])
    return for_signatures and jwk.get("alg") in (None, algorithm) and "d" not in jwk


class JwksEndpoint:
    """The keys behind a URL. https only, unless the host is this machine."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT, clock: Callable[[], float] = time.monotonic) -> None:
        """Does not fetch yet. Raises `ValueError` for a URL that an attacker on the network could answer."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError("the JWKS URL must be https")
        # Its own cache is off, because it drops old keys even while the endpoint fails.
        tls = tls_context() if parts.scheme == "https" else None
        self._client = PyJWKClient(url, cache_jwk_set=False, timeout=timeout, headers=_HEADERS, ssl_context=tls)
        self._clock = clock
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at = self._rests_until = -math.inf
        self._failing = False

    def find(self, kid: str) -> PyJWK | None:
        """The key named `kid`, None if the issuer has none. Raises `KeysUnavailable`."""
        now = self._clock()
        if kid not in self._keys or now - self._fetched_at >= FRESH:
            self._refresh(now)
        key = self._keys.get(kid)
        if key is None and self._failing:
            raise KeysUnavailable
        return key

    def _refresh(self, now: float) -> None:
        if now - self._fetched_at >= STALE:
            self._keys = {}
        if now < self._rests_until:
            return
        try:
            self._keys = usable_keys(self._client.fetch_data())
        except (PyJWTError, OSError, ValueError, RecursionError) as failure:
            self._failing = True
            self._rests_until = now + (REST if self._keys else COLD_REST)
            # The error's text is left out: it may quote the endpoint's answer.
            logger.warning("jwks_unavailable", reason=type(failure.__cause__ or failure).__name__)
        else:
            self._failing = False
            self._fetched_at, self._rests_until = now, now + REST
