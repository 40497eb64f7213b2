"""The client that is shipped, on the tables in memory: the bytes that it sends are handed to moto in this process.

It has botocore's hooks beside, `provide-client-params`, `before-call` and `after-call`, for tests that look on or come
between.
"""

from __future__ import annotations

import copy
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, cast

from botocore.config import Config
from botocore.hooks import HierarchicalEmitter
from moto.core.request import Request
from moto.dynamodb.responses import DynamoHandler
from mypy_boto3_dynamodb import DynamoDBClient
from werkzeug.exceptions import HTTPException

from customers.store.client_errors import ServiceError
from customers.store.dynamodb import client as shipped
from customers.store.dynamodb.lean import operations
from customers.store.dynamodb.lean.client import LeanClient
from customers.store.dynamodb.lean.connections import Connections
from customers.store.dynamodb.lean.endpoint import Endpoint
from customers.store.dynamodb.lean.operations import Operation
from customers.store.dynamodb.lean.signature import Credentials

_HOST = "dynamodb.us-east-1.amazonaws.com"
_ENDPOINT = Endpoint("us-east-1", tls=True, host=_HOST, port=443, authority=_HOST)
_NEVER = 3600.0
"""Seconds. No call times out because the machine is busy: moto would carry out the second attempt, too."""
_OPERATIONS = {each.name: each for each in vars(operations).values() if isinstance(each, Operation)}


class InMemory(LeanClient):
    """As `connect` gives it on Lambda, but for its connections."""

    def __init__(self, read_timeout: float = 2, attempts: int = 2) -> None:
        keys = Credentials("testing", "testing", None)
        botocore = partial(shipped.botocore_client, int(read_timeout), attempts)
        connections = Connections(MotoSocket)
        super().__init__(_ENDPOINT, lambda: keys, connections, botocore, read_timeout=_NEVER, attempts=attempts)
        retries: Any = {"mode": "standard", "total_max_attempts": attempts}
        self.meta = SimpleNamespace(
            events=HierarchicalEmitter(),
            endpoint_url=f"https://{_HOST}",
            config=Config(connect_timeout=shipped.CONNECT_TIMEOUT, read_timeout=read_timeout, retries=retries),
            service_model=SimpleNamespace(service_name="dynamodb"),
        )

    def _call(self, operation: Operation, params: dict[str, Any]) -> Any:
        return self._make_api_call(operation.name, params)

    def _make_api_call(self, name: str, params: dict[str, Any]) -> Any:
        """Under botocore's name, for tests that stand in front of every call."""
        operation, emit = _OPERATIONS[name], self.meta.events.emit
        for _, changed in emit(f"provide-client-params.dynamodb.{name}", params=params, model=operation, context={}):
            params = params if changed is None else changed
        emit(f"before-call.dynamodb.{name}", params=params, model=operation, context={})
        after = partial(emit, f"after-call.dynamodb.{name}", model=operation, context={})
        try:
            answer = super()._call(operation, params)
        except ServiceError as error:
            after(parsed=error.response)
            raise
        after(parsed=answer)
        return answer


class MotoSocket:
    """A connection whose other end is moto."""

    def __init__(self) -> None:
        self._coming = b""

    def sendall(self, data: bytes, /) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("ascii").split("\r\n")
        headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
        assert first == "POST / HTTP/1.1"
        assert int(headers["Content-Length"]) == len(body)
        try:
            status, more, answer = _handler(headers, body).call_action()
        except HTTPException as error:
            status, more, answer = error.code, error.get_headers(), error.get_body()
        payload = answer.encode() if isinstance(answer, str) else answer
        written = "".join(
            f"{name}: {value}\r\n" for name, value in dict(more).items() if name.lower() != "content-length"
        )
        self._coming += f"HTTP/1.1 {status} -\r\n{written}Content-Length: {len(payload)}\r\n\r\n".encode() + payload

    def recv(self, size: int, /) -> bytes:
        if not self._coming:
            raise BlockingIOError
        part, self._coming = self._coming[:size], self._coming[size:]
        return part

    def settimeout(self, seconds: float | None, /) -> None:
        """There is nothing to wait for."""

    def close(self) -> None:
        """There is nothing to close."""


def _handler(headers: dict[str, str], body: bytes) -> DynamoHandler:
    """As moto sets it up for a request. To set up each of them anew takes longer than to answer it."""
    handler = copy.copy(_first_handler())
    handler.headers = headers
    handler.response_headers = dict(handler.response_headers)
    content_type = headers["Content-Type"]
    request: Any = SimpleNamespace(
        method="POST", path="/", values={}, headers=headers, data=body, content_type=content_type
    )
    handler.parse_parameters(request)
    return handler


@cache
def _first_handler() -> DynamoHandler:
    handler, target = DynamoHandler(), "DynamoDB_20120810.ListTables"
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
    handler.setup_class(Request.from_primitives("POST", f"https://{_HOST}/", headers, b"{}"))
    return handler


def install() -> None:
    """Have `connect` give it."""
    shipped._client = _client


def _client(read_timeout: int, attempts: int) -> DynamoDBClient:
    return cast("DynamoDBClient", InMemory(read_timeout, attempts))
