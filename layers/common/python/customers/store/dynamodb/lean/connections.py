"""Connections to DynamoDB that are kept, and what became of a request that was sent over one."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from customers.store.client_errors import NoAnswer, NotSent
from customers.store.dynamodb.lean.endpoint import Endpoint
from customers.store.dynamodb.lean.http1 import Answer, Garbled, Reader, Socket
from customers.tls import tls_context

_KEEP_SECONDS = 60
"""How long a connection may have been idle. By the wall clock, which goes on while Lambda freezes the process."""
_KEEP_SECONDS_FOR_ONE = 4
"""The same for a request that cannot be repeated, so that it hardly ever meets a connection that is gone unseen."""
_MOST_IDLE = 10

Connect = Callable[[], Socket]


def connector(endpoint: Endpoint, timeout: float) -> Connect:
    """Opens connections to an endpoint. What it gives raises `OSError`, after `timeout` seconds at each address."""

    def connect() -> Socket:
        to = endpoint.proxy or (endpoint.host, endpoint.port)
        plain = socket.create_connection((to[0], to[1]), timeout)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if endpoint.proxy:
                _tunnel(plain, endpoint, timeout)
            return (
                tls_context(endpoint.roots).wrap_socket(plain, server_hostname=endpoint.host) if endpoint.tls else plain
            )
        except BaseException:
            plain.close()
            raise

    return connect


def _tunnel(to: socket.socket, endpoint: Endpoint, timeout: float) -> None:
    address = f"{endpoint.host}:{endpoint.port}"
    to.sendall(f"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
    try:
        status = Reader(to, time.monotonic() + timeout).tunnel()
    except Garbled:
        raise ConnectionError("the proxy's answer is garbled") from None
    if not 200 <= status < 300:
        raise ConnectionError(f"the proxy answered {status}")
    to.settimeout(timeout)


class Connections:
    """Sends requests. Several threads may: each takes a connection out, and puts it back."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._idle: list[tuple[Socket, float]] = []

    def prime(self) -> None:
        """Open a connection ahead of the first request. Raises `NotSent`."""
        self._keep(self._open())

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()

    def exchange(self, request: bytes, timeout: float, *, is_repeatable: bool) -> Answer:
        """The answer, within `timeout` seconds. Raises `NotSent`, and `NoAnswer` where it may have been carried out."""
        while kept := self._take(_KEEP_SECONDS if is_repeatable else _KEEP_SECONDS_FOR_ONE):
            try:
                return self._through(kept, request, timeout)
            except NotSent:
                continue
            except NoAnswer as fault:
                if not (is_repeatable and fault.is_stale):
                    raise
        return self._through(self._open(), request, timeout)

    def _through(self, connection: Socket, request: bytes, timeout: float) -> Answer:
        reader = Reader(connection, time.monotonic() + timeout)
        is_kept = False
        try:
            _send(connection, request, timeout)
            answer = reader.answer()
            is_kept = not answer.is_last
        except (OSError, Garbled) as fault:
            is_stale = not reader.began and not isinstance(fault, TimeoutError)
            raise NoAnswer(_kind(fault), is_stale=is_stale) from None
        finally:
            # Also where somebody interrupts: half an answer must not be left for the next request.
            if is_kept:
                self._keep(connection)
            else:
                connection.close()
        return answer

    def _open(self) -> Socket:
        try:
            return self._connect()
        except (OSError, UnicodeError) as fault:  # a host that cannot be a name is a `UnicodeError`
            raise NotSent(_kind(fault)) from None

    def _keep(self, connection: Socket) -> None:
        if len(self._idle) < _MOST_IDLE:
            self._idle.append((connection, time.time()))
        else:
            connection.close()

    def _take(self, seconds: float) -> Socket | None:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            if 0 <= time.time() - since <= seconds and _is_silent(connection):
                return connection
            connection.close()


def _send(connection: Socket, request: bytes, timeout: float) -> None:
    """Raises `NotSent`: DynamoDB carries no part of a request out, for the signature is of the whole."""
    try:
        connection.settimeout(timeout)
        connection.sendall(request)
    except OSError as fault:
        raise NotSent(_kind(fault)) from None


def _is_silent(connection: Socket) -> bool:
    """Whether a kept connection is still open, and nothing waits in it that nobody asked for."""
    try:
        connection.settimeout(0)
        connection.recv(1)
    except BlockingIOError:
        return True
    except OSError as fault:
        # After the handshake the server of TLS 1.3 sends tickets, which are read here and are no data.
        return type(fault).__name__ == "SSLWantReadError"
    return False


def _kind(fault: Exception) -> str:
    """Its type, and what this package itself says of it: a library's text may hold anything."""
    return f"{type(fault).__name__} {fault}" if isinstance(fault, Garbled) else type(fault).__name__
