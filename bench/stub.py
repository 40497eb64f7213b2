"""DynamoDB's answer to GetItem and nothing else of it, so that what every variant reads costs the same.

    python -m bench.stub < ITEM

Takes the item in DynamoDB's JSON on one line, prints its port (on loopback), and serves until standard input ends.
For measuring only: the local stack has a real emulator.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

GET_ITEM = b"dynamodb_20120810.getitem"


@contextmanager
def serving(item: str) -> Iterator[str]:
    """A stub in a process of its own; its URL."""
    arguments = [sys.executable, "-m", "bench.stub"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout  # noqa: PT018, S101 - both are pipes
        print(item, file=process.stdin, flush=True)
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


def response(status: bytes, body: bytes) -> bytes:
    """With the headers that DynamoDB sends."""
    head = (
        b"HTTP/1.1 %s\r\nServer: Server\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n"
        b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\nConnection: keep-alive\r\n"
        b"x-amzn-RequestId: 8N2K5Q7VJ1M3T0R4C6E9W2Y5Z8B1D4F7H0L3P6S9U2X5VV4KQNSO5AEMVJF66Q9ASUAA\r\n"
        b"x-amz-crc32: %d\r\n\r\n"
    )
    return head % (status, len(body), zlib.crc32(body)) + body


class GetItem(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, found: bytes) -> None:
        self._found = found
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a server's always is
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        if not ended:
            return
        lines = (line.partition(b":") for line in head.lower().split(b"\r\n")[1:])
        headers = {name: value.strip() for name, _, value in lines}
        if len(body) < int(headers.get(b"content-length", b"0")):
            return
        self._received = b""
        known = headers.get(b"x-amz-target") == GET_ITEM
        self._transport.write(self._found if known else UNKNOWN)


UNKNOWN = response(b"400 Bad Request", b'{"__type":"com.amazon.coral.service#UnknownOperationException"}')


async def serve(item: bytes) -> None:
    loop = asyncio.get_running_loop()
    found = response(b"200 OK", b'{"Item":%s}' % item)
    server = await loop.create_server(lambda: GetItem(found), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.stdin.buffer.readline().strip()))
