"""HTTP/1.1 as far as DynamoDB speaks it: an answer read from a socket, before a deadline, or a fault."""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple, Protocol

_MOST_HEAD = 64 * 1024
_MOST_BODY = 64 * 1024 * 1024
_AT_ONCE = 64 * 1024


class Socket(Protocol):
    """What a socket and a TLS socket have alike."""

    def recv(self, size: int, /) -> bytes: ...

    def sendall(self, data: bytes, /) -> None: ...

    def settimeout(self, seconds: float | None, /) -> None: ...

    def close(self) -> None: ...


class Answer(NamedTuple):
    """Names of headers are in lower case. `is_last`: the connection cannot be used again."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_last: bool


class Garbled(Exception):  # noqa: N818 - becomes a `NoAnswer`
    """What came is no answer in HTTP, or only a part of one."""


class Reader:
    """Reads one answer. `began` is whether any of it has come. Raises `Garbled` and `OSError` (`TimeoutError`)."""

    def __init__(self, socket: Socket, deadline: float) -> None:
        self._socket = socket
        self._deadline = deadline
        self._buffer = b""
        self.began = False

    def answer(self) -> Answer:
        version, status, headers = self._head()
        while 100 <= status < 200:  # the final one is still to come
            version, status, headers = self._head()
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Garbled("encoding")
        body = self._body(headers)
        stays = version == b"1" and "close" not in headers.get("connection", "").lower()
        # Bytes behind the end would be taken for the next answer.
        return Answer(status, headers, body, is_last=not stays or bool(self._buffer))

    def tunnel(self) -> int:
        """The status of a proxy's answer to CONNECT, which has no body where it is good."""
        return self._head()[1]

    def _head(self) -> tuple[bytes, int, dict[str, str]]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _MOST_HEAD:
                raise Garbled("head")
            self._buffer += self._more()
        first, *lines = self._buffer[:end].split(b"\r\n")
        self._buffer = self._buffer[end + 4 :]
        if not (first.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")) and len(first[9:12]) == 3 and first[9:12].isdigit()):
            raise Garbled("status")
        return first[7:8], int(first[9:12]), _headers(lines)

    def _body(self, headers: dict[str, str]) -> bytes:
        if "transfer-encoding" in headers:
            if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
                raise Garbled("framing")
            return self._chunks()
        if "content-length" in headers:
            return self._exactly(_number(headers["content-length"], 10))
        return self._rest()

    def _exactly(self, length: int) -> bytes:
        parts, missing = [self._buffer], length - len(self._buffer)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        whole = b"".join(parts)
        self._buffer = whole[length:]
        return whole[:length]

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        while size := _number(self._line().partition(b";")[0].strip().decode("latin-1"), 16):
            parts.append(self._exactly(size))
            if sum(map(len, parts)) > _MOST_BODY or self._line():
                raise Garbled("chunk")
        while self._line():  # trailers
            pass
        return b"".join(parts)

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _MOST_HEAD:
                raise Garbled("line")
            self._buffer += self._more()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _rest(self) -> bytes:
        parts = [self._buffer]
        self._buffer = b""
        while part := self._receive():
            parts.append(part)
            if sum(map(len, parts)) > _MOST_BODY:
                raise Garbled("length")
        return b"".join(parts)

    def _more(self) -> bytes:
        part = self._receive()
        if not part:
            raise Garbled("ended")
        return part

    def _receive(self) -> bytes:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        part = self._socket.recv(_AT_ONCE)
        self.began = self.began or bool(part)
        return part


def _headers(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        name, value = name.lower(), value.strip()
        if not colon or not name or name != name.strip():
            raise Garbled("header")
        if name in ("content-length", "transfer-encoding") and headers.get(name, value) != value:
            raise Garbled("framing")
        headers[name] = value
    return headers


def _number(text: str, base: int) -> int:
    """A length. Python's `int` would take signs, blanks, underscores and other digits too."""
    digits = "0123456789abcdefABCDEF"[: 10 if base == 10 else None]
    if not text or len(text) > 12 or not all(each in digits for each in text):
        raise Garbled("length")
    number = int(text, base)
    if number > _MOST_BODY:
        raise Garbled("length")
    return number
