"""A server on this machine that answers as DynamoDB does, or in any of the ways in which a server goes wrong."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[[socket.socket], None]
"""Answers one request over a connection; raises `Hangup` where the connection is to be closed."""


class Hangup(Exception):  # noqa: N818 - an end, not an error
    """The connection is closed."""


class Reset(Exception):  # noqa: N818
    """The connection is reset: a send or a read gets an error."""


def response(
    status: int, body: bytes, headers: Mapping[str, str] | None = None, *, crc: bool = True, length: bool = True
) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", "Content-Type: application/x-amz-json-1.0", "x-amzn-RequestId: R1"]
    lines += [f"x-amz-crc32: {zlib.crc32(body)}"] if crc else []
    lines += [f"Content-Length: {len(body)}"] if length else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answers(body: Any = None, status: int = 200, **more: Any) -> Behaviour:
    data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return writes(response(status, data, **more))


def fails(status: int, code: str, **members: Any) -> Behaviour:
    return answers({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **members}, status)


def writes(*parts: bytes, then: type[Exception] | None = None, every: float = 0) -> Behaviour:
    """Sends the parts, with a pause after each."""

    def act(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(every)
        if then:
            raise then

    return act


def is_silent(connection: socket.socket) -> None:
    """Sends nothing until the other side gives up."""
    connection.settimeout(5)
    with suppress(OSError):
        connection.recv(1)
    raise Hangup


@dataclass
class Server:
    """`turns` are taken one for each request; the last one is for all that come after."""

    turns: list[Behaviour]
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(each.partition(b"\r\n\r\n")[2]) for each in self.requests]

    def next(self, request: bytes) -> Behaviour:
        self.requests.append(request)
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]


@contextmanager
def serving(*turns: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(list(turns))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        open_now: list[socket.socket] = []
        thread = threading.Thread(target=_accept, args=(listening, server, tls, open_now), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for each in open_now:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _accept(
    listening: socket.socket, server: Server, tls: ssl.SSLContext | None, open_now: list[socket.socket]
) -> None:
    threads: list[threading.Thread] = []
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            break
        server.connections += 1
        open_now.append(connection)
        threads.append(threading.Thread(target=_serve, args=(connection, server, tls), daemon=True))
        threads[-1].start()
    for each in threads:
        each.join(5)


def _serve(connection: socket.socket, server: Server, tls: ssl.SSLContext | None) -> None:
    with connection, suppress(Hangup, OSError):
        over = tls.wrap_socket(connection, server_side=True) if tls else connection
        with over:
            while request := _request(over):
                try:
                    server.next(request)(over)
                except Reset:
                    over.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break


def _request(connection: socket.socket) -> bytes:
    """One request, or nothing at the end."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            return b""
        body += part
    return head + b"\r\n\r\n" + body
