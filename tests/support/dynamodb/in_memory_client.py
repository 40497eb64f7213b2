"""The client that is shipped, on the tables in memory: the bytes that it sends are handed to moto in this process.

It has botocore's hooks beside, `provide-client-params`, `before-call` and `after-call`, for tests that look on or come
between.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache, partial
from itertools import count
from types import SimpleNamespace
from typing import Any, cast
from zlib import crc32

from botocore.config import Config
from botocore.hooks import HierarchicalEmitter
from moto.core.exceptions import ServiceException
from moto.core.request import Request
from moto.core.utils import get_service_model
from moto.dynamodb.models.dynamo_type import DynamoType
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
_REQUESTS = count(1)
as_shipped = shipped._client
"""What `connect` calls on Lambda, for tests that have a server to connect to."""


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
        status, more, payload = _answered(headers, body)
        written = "".join(f"{name}: {value}\r\n" for name, value in more.items() if name.lower() != "content-length")
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


def _answered(headers: dict[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """What moto answers, without its walks through the shape of each request and each answer.

    The client sends none but these operations, whose bodies are JSON but for bytes, and whose answers are, too.
    """
    operation = _OPERATIONS[headers["X-Amz-Target"].removeprefix("DynamoDB_20120810.")]
    handler = object.__new__(DynamoHandler)
    vars(handler).update(vars(_first_handler()), headers=headers, params=_read(body), response_headers={})
    handler.body = handler.params
    try:
        result = getattr(handler, operation.method)().result
    except (HTTPException, ServiceException) as error:
        return _refused(handler, operation, error)
    told = {name: result[name] for name in _members(operation.name) if result.get(name) is not None}
    payload = json.dumps(told, default=_json).encode()
    return 200, {"x-amzn-requestid": f"{next(_REQUESTS):032x}", "x-amz-crc32": str(crc32(payload))}, payload


def _refused(handler: DynamoHandler, operation: Operation, error: Exception) -> tuple[int, Mapping[str, str], bytes]:
    """In the words that moto has for it."""

    def act() -> None:
        raise error

    setattr(handler, operation.method, act)
    try:
        status, more, answer = handler.call_action()
    except HTTPException as raised:
        status, more, answer = raised.code, dict(raised.get_headers()), raised.get_body()
    return status, more, answer.encode() if isinstance(answer, str) else answer


def _read(body: bytes) -> Any:
    has_bytes = b'"B"' in body or b'"BS"' in body
    return json.loads(body, object_hook=_with_bytes) if has_bytes else json.loads(body)


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    match value:
        case {"B": str(text), **more} if not more:
            return {"B": base64.b64decode(text)}
        case {"BS": list(texts), **more} if not more:
            return {"BS": [base64.b64decode(text) for text in texts]}
        case _:
            return value


def _json(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, DynamoType):
        return {value.type: value.value}
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()


@cache
def _members(operation: str) -> list[str]:
    """The members of its answer. Moto's results have others beside."""
    return [*get_service_model("dynamodb").operation_model(operation).output_shape.members]


@cache
def _first_handler() -> DynamoHandler:
    """As moto sets it up for a request. To set up each of them anew takes longer than to answer it."""
    handler, target = DynamoHandler(), "DynamoDB_20120810.ListTables"
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
    handler.setup_class(Request.from_primitives("POST", f"https://{_HOST}/", headers, b"{}"))
    return handler


def install() -> None:
    """Have `connect` give it."""
    shipped._client = _client


def _client(read_timeout: int, attempts: int) -> DynamoDBClient:
    return cast("DynamoDBClient", InMemory(read_timeout, attempts))
