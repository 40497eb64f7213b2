"""Whose requests these are: credentials from the environment, or from the endpoint of the container."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from customers.store.client_errors import NotSent, NotUnderstood
from customers.store.dynamodb.lean.endpoint import has_credentials_file
from customers.store.dynamodb.lean.signature import Credentials, checked

_CONTAINER = "http://169.254.170.2"
_TRUSTED = ("169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "127.0.0.1", "::1")
"""Hosts that may be asked without TLS."""
_TIMEOUT = 2
_TRIES = 3
_MOST = 64 * 1024
_RENEWED_BEFORE = 10 * 60
"""Seconds before their end from which credentials are renewed."""

Provider = Callable[[], Credentials]


def provider_of(environment: Mapping[str, str]) -> Provider:
    """What gives the credentials, each time they are needed. Raises `NotUnderstood` where botocore has to look."""
    if key := environment.get("AWS_ACCESS_KEY_ID"):
        secret = environment.get("AWS_SECRET_ACCESS_KEY")
        if not secret:
            raise NotUnderstood
        token = environment.get("AWS_SECURITY_TOKEN") or environment.get("AWS_SESSION_TOKEN")
        fixed = checked(Credentials(key, secret, token))
        return lambda: fixed
    path, url = (environment.get(f"AWS_CONTAINER_CREDENTIALS_{kind}_URI") for kind in ("RELATIVE", "FULL"))
    if not (path or url) or environment.get("AWS_WEB_IDENTITY_TOKEN_FILE") or has_credentials_file(environment):
        raise NotUnderstood
    return Container(f"{_CONTAINER}{path}" if path else str(url), environment).credentials


class _Kept(NamedTuple):
    credentials: Credentials
    until: float


class Container:
    """The container's endpoint. Keeps what it gave until shortly before it ends."""

    def __init__(self, url: str, environment: Mapping[str, str], clock: Callable[[], float] = time.time) -> None:
        """Raises `ValueError` for an endpoint that others could listen to."""
        # These are dear, and most functions have their credentials in the environment.
        from urllib.parse import urlsplit

        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _TRUSTED):
            raise ValueError("credentials are taken from https, from this machine, or from the container's host only")
        self._url = url
        self._environment = environment
        self._clock = clock
        self._kept: _Kept | None = None

    def credentials(self) -> Credentials:
        """Raises `NotSent` where there are none."""
        now = self._clock()
        if self._kept is None or now >= self._kept.until - _RENEWED_BEFORE:
            try:
                self._kept = self._fetched()
            except NotSent:
                # They are good to their end: the endpoint has minutes to come back.
                if self._kept is None or now >= self._kept.until:
                    raise
        return self._kept.credentials

    def _fetched(self) -> _Kept:
        for left in reversed(range(_TRIES)):
            try:
                return _read(self._document())
            # `HTTPError` and `URLError` are `OSError`s; `from None`, for a text may quote the token or the answer.
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
                kind = type(fault).__name__
            if left:
                time.sleep(0.1)
        raise NotSent(f"no credentials: {kind}")

    def _document(self) -> Any:
        from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

        class Stay(HTTPRedirectHandler):
            """The token is not for another host."""

            def redirect_request(self, *_: Any) -> None:
                return None

        # Never through a proxy: it would see the secret.
        opener = build_opener(ProxyHandler({}), Stay)
        with opener.open(Request(self._url, headers=self._headers()), timeout=_TIMEOUT) as answer:  # noqa: S310 - checked
            return json.loads(answer.read(_MOST))

    def _headers(self) -> dict[str, str]:
        # A file is read each time: it is rewritten while the process lives.
        if path := self._environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
            with open(path, encoding="utf-8") as file:
                token = file.read().strip()
        else:
            token = self._environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if not token:
            return {}
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the container's token cannot stand in a header")
        return {"Authorization": token}


def _read(document: Any) -> _Kept:
    from datetime import datetime

    token = document.get("Token")
    found = Credentials(document["AccessKeyId"], document["SecretAccessKey"], token)
    if not all(isinstance(each, str) and each for each in (found.key_id, found.secret, token or "-")):
        raise ValueError("not credentials")
    return _Kept(checked(found), datetime.fromisoformat(document["Expiration"]).timestamp())
