"""The client: botocore's surface, as much of it as the store uses."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from customers.store.client_errors import Exceptions, NotSent, NotUnderstood, service_error
from customers.store.dynamodb.lean import operations
from customers.store.dynamodb.lean.attempts import attempted
from customers.store.dynamodb.lean.codec import encoded, parsed, parsed_error
from customers.store.dynamodb.lean.connections import Connections
from customers.store.dynamodb.lean.credentials import Provider
from customers.store.dynamodb.lean.endpoint import Endpoint
from customers.store.dynamodb.lean.operations import Operation, with_token
from customers.store.dynamodb.lean.signature import signed_headers

_REST = "User-Agent: customers-identification\r\nAccept-Encoding: identity\r\n"


class LeanClient:
    """Calls take and give what botocore's take and give. Raises `ServiceError`, `NoAnswer` and `NotSent`.

    Whatever it does not know, an operation, a parameter or a value, it hands to botocore before anything is sent.
    """

    exceptions = Exceptions()

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Provider,
        connections: Connections,
        botocore: Callable[[], Any],
        *,
        read_timeout: float,
        attempts: int,
    ) -> None:
        """`read_timeout` in seconds is for the whole answer. `botocore` makes the client that takes over."""
        self._endpoint = endpoint
        self._credentials = credentials
        self._connections = connections
        self._make_botocore = botocore
        self._botocore: Any = None
        self._read_timeout = read_timeout
        self._attempts = attempts

    def get_item(self, **params: Any) -> Any:
        return self._call(operations.GET_ITEM, params)

    def batch_get_item(self, **params: Any) -> Any:
        return self._call(operations.BATCH_GET_ITEM, params)

    def query(self, **params: Any) -> Any:
        return self._call(operations.QUERY, params)

    def scan(self, **params: Any) -> Any:
        return self._call(operations.SCAN, params)

    def put_item(self, **params: Any) -> Any:
        return self._call(operations.PUT_ITEM, params)

    def update_item(self, **params: Any) -> Any:
        return self._call(operations.UPDATE_ITEM, params)

    def delete_item(self, **params: Any) -> Any:
        return self._call(operations.DELETE_ITEM, params)

    def transact_write_items(self, **params: Any) -> Any:
        return self._call(operations.TRANSACT_WRITE_ITEMS, params)

    def prime(self) -> None:
        """Connect ahead of the first call. A fault is left for that call to meet."""
        with suppress(NotSent):
            self._connections.prime()

    def close(self) -> None:
        self._connections.close()

    def __getattr__(self, name: str) -> Any:
        """Whatever else botocore's client has."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._other(), name)

    def _call(self, operation: Operation, params: dict[str, Any]) -> Any:
        try:
            if not params.keys() <= operation.known:
                raise NotUnderstood
            body = encoded(with_token(operation, params))
        except NotUnderstood:
            return self._hand_over(operation, params)
        send = partial(self._send, operation, body)
        return attempted(send, self._attempts, is_repeatable=operation.is_repeatable)

    def _send(self, operation: Operation, body: bytes) -> Any:
        request = self._request(operation, body)
        answer = self._connections.exchange(request, self._read_timeout, is_repeatable=operation.is_repeatable)
        if answer.status == 200:
            return parsed(answer)
        raise service_error(parsed_error(answer), operation.name)

    def _request(self, operation: Operation, body: bytes) -> bytes:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        place, host = self._endpoint.region, self._endpoint.authority
        headers = signed_headers(self._credentials(), place, host, operation.target, body, stamp)
        return f"POST / HTTP/1.1\r\n{headers}{_REST}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def _hand_over(self, operation: Operation, params: dict[str, Any]) -> Any:
        from botocore.exceptions import ClientError  # as good as never

        try:
            return getattr(self._other(), operation.method)(**params)
        except ClientError as error:
            # Code that catches `client.exceptions` knows the errors of this client.
            raise service_error(dict(error.response), operation.name) from error

    def _other(self) -> Any:
        if self._botocore is None:
            self._botocore = self._make_botocore()
        return self._botocore
