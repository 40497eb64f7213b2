"""One request and its answer: the connection, the token, the envelope, the errors. No retry here."""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from customers_till.errors import InvalidApiKey, NetworkError, refusal_of
from customers_till.tokens import Tokens
from customers_till.types import Answer

_IDLE = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request. `path` is below the base address, percent-encoded."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    key: str | None = None


class Cancellation:
    """Ends the requests that use it, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[http.client.HTTPConnection] = set()
        self.cancelled = False

    def watch(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if self.cancelled:
                raise OSError("cancelled")
            self._open.add(connection)

    def forget(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._open.discard(connection)

    def cancel(self) -> None:
        """A second call does nothing."""
        with self._lock:
            self.cancelled = True
            doomed, self._open = self._open, set()
        for connection in doomed:
            # This wakes the thread that waits for it. That thread alone closes it: two that do lose a socket.
            _shut(connection)


class Http:
    """Sends requests over kept connections, from any thread. One connection carries one request at a time."""

    def __init__(self, base_url: str, token: Callable[[], str], context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(base_url.rstrip("/"))
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValueError("base_url must begin with https://")
        self._https = parts.scheme == "https"
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path
        self._context = context or (ssl.create_default_context() if self._https else None)
        self._tokens = Tokens(token)
        self._idle: deque[http.client.HTTPConnection] = deque()

    def send(self, wanted: Wanted, timeout: float, cancellation: Cancellation) -> Answer[Any]:
        """Raises an `ApiError`, a `NetworkError` or a `TokenError`. A token that is refused is renewed once.

        `timeout` is in seconds of silence, so a slow answer may take longer. The caller has a deadline of its own.
        """
        token = self._tokens.get()
        try:
            return self._sent(wanted, token, timeout, cancellation)
        except InvalidApiKey:
            return self._sent(wanted, self._tokens.get(refused=token), timeout, cancellation)

    def close(self) -> None:
        """Ends the connections that wait for the next request."""
        while self._idle:
            with contextlib.suppress(IndexError):
                _break(self._idle.pop())

    def _sent(self, wanted: Wanted, token: str, timeout: float, cancellation: Cancellation) -> Answer[Any]:
        status, headers, text = self._exchange(wanted, token, timeout, cancellation)
        envelope = _parsed(text)
        if not 200 <= status < 300 or envelope is None or envelope["ok"] is not True:
            raise refusal_of(status, headers, envelope)
        meta = envelope["meta"]
        return Answer(
            envelope["data"],
            status,
            meta["request_id"],
            bool(meta.get("idempotency_replayed")),
            meta.get("data_completeness_score"),
        )

    def _exchange(
        self, wanted: Wanted, token: str, timeout: float, cancellation: Cancellation
    ) -> tuple[int, dict[str, str], bytes]:
        connection = self._connection(timeout)
        try:
            cancellation.watch(connection)
            headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
            body = None
            if wanted.body is not None:
                body = json.dumps(wanted.body, ensure_ascii=False, separators=(",", ":")).encode()
                headers["Content-Type"] = "application/json"
            if wanted.key is not None:
                headers["Idempotency-Key"] = wanted.key
            query = f"?{urlencode(wanted.query)}" if wanted.query else ""
            if connection.sock is None:
                connection.connect()
            if cancellation.cancelled:
                raise OSError("cancelled")
            connection.request(wanted.method, f"{self._path}{wanted.path}{query}", body, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException, ValueError):
            # The cause would hold the address, and so the customer's phone.
            _break(connection)
            raise NetworkError("the service could not be reached, or its answer did not arrive") from None
        finally:
            cancellation.forget(connection)
        if not response.will_close and not cancellation.cancelled and len(self._idle) < _IDLE:
            self._idle.append(connection)
        else:
            _break(connection)
        return response.status, {name.lower(): value for name, value in response.getheaders()}, text

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        while self._idle:
            with contextlib.suppress(IndexError):
                kept = self._idle.pop()
                if _silent(kept):
                    kept.sock.settimeout(timeout)
                    return kept
                _break(kept)
        if self._https:
            return http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._context)
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout)


def _silent(connection: http.client.HTTPConnection) -> bool:
    """Whether an idle connection has nothing to read. Otherwise it has ended, or holds an answer that nobody asked for:
    the next request would take it for its own."""
    sock = connection.sock
    if sock is None or (isinstance(sock, ssl.SSLSocket) and sock.pending()):
        return False
    try:
        return not select.select([sock], [], [], 0)[0]
    except (OSError, ValueError):
        return False


def _shut(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError, ValueError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _break(connection: http.client.HTTPConnection) -> None:
    _shut(connection)
    with contextlib.suppress(OSError, ValueError):
        connection.close()


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    known = isinstance(value, dict) and isinstance(value.get("ok"), bool) and isinstance(value.get("meta"), dict)
    return value if known else None
