"""DynamoDB's answers to GetItem and BatchGetItem, an issuer's keys, and nothing else: what every variant reads costs
the same.

    python -m bench.stub CERTIFICATE < ANSWERS

Takes three lines of JSON: the item, the registered rows, the key set. Prints two ports on loopback, without TLS and
with, and serves until standard input ends. For measuring only: the local stack has a real emulator.
"""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

GET_ITEM, BATCH_GET_ITEM = b"dynamodb_20120810.getitem", b"dynamodb_20120810.batchgetitem"
KEYS = b"keys"


class Addresses(NamedTuple):
    """As URLs."""

    plain: str
    tls: str


@contextmanager
def serving(item: str, registered: str, key_set: str, certificate: Path) -> Iterator[Addresses]:
    """A stub in a process of its own; its addresses."""
    arguments = [sys.executable, "-m", "bench.stub", str(certificate)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout  # noqa: PT018, S101 - both are pipes
        print(item, registered, key_set, sep="\n", file=process.stdin, flush=True)
        plain, tls = (int(process.stdout.readline()) for _ in range(2))
        yield Addresses(f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{tls}")


def response(status: bytes, body: bytes) -> bytes:
    """With the headers that DynamoDB sends."""
    head = (
        b"HTTP/1.1 %s\r\nServer: Server\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n"
        b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\nConnection: keep-alive\r\n"
        b"x-amzn-RequestId: 8N2K5Q7VJ1M3T0R4C6E9W2Y5Z8B1D4F7H0L3P6S9U2X5VV4KQNSO5AEMVJF66Q9ASUAA\r\n"
        b"x-amz-crc32: %d\r\n\r\n"
    )
    return head % (status, len(body), zlib.crc32(body)) + body


class Answering(asyncio.Protocol):
    """One kept-alive connection. `answers` are by the target of a request; a GET is for the keys."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
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
        wanted = KEYS if head.startswith(b"GET ") else headers.get(b"x-amz-target", b"")
        self._transport.write(self._answers.get(wanted, UNKNOWN))


UNKNOWN = response(b"400 Bad Request", b'{"__type":"com.amazon.coral.service#UnknownOperationException"}')


async def serve(item: bytes, registered: bytes, key_set: bytes, certificate: str) -> None:
    loop = asyncio.get_running_loop()
    rows = b'{"Responses":{"enterprises":%s},"UnprocessedKeys":{}}' % registered
    found = {GET_ITEM: b'{"Item":%s}' % item, BATCH_GET_ITEM: rows, KEYS: key_set}
    answers = {wanted: response(b"200 OK", body) for wanted, body in found.items()}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for tls in (None, context):
        server = await loop.create_server(lambda: Answering(answers), "127.0.0.1", 0, ssl=tls)
        print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    told = sys.stdin.buffer
    asyncio.run(serve(told.readline().strip(), told.readline().strip(), told.readline().strip(), sys.argv[1]))
