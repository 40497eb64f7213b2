"""A request from API Gateway, before an operation has read it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any
from urllib.parse import unquote

from customers.domain.lean_dataclass import dataclass
from customers.domain.refusals import ValidationError

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Request:
    """All values of all query parameters and headers, the path's variables, the raw body, and the request's id."""

    query: Values | None = field(default=None, repr=False)
    variables: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Values | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    id: str = ""

    @staticmethod
    def of_event(event: Mapping[str, Any]) -> Request:
        """From a Lambda proxy event of a REST API."""
        body = event["body"]
        if body is not None:
            body = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(errors="surrogatepass")
        return Request(
            event["multiValueQueryStringParameters"],
            event["pathParameters"],
            event.get("multiValueHeaders"),
            body,
            event["requestContext"]["requestId"],
        )

    @property
    def has_body(self) -> bool:
        """True if the request has a body. An empty JSON object counts as none."""
        return b"".join((self.body or b"").split()) not in (b"", b"{}")

    def one(self, name: str) -> str | None:
        """The value of a query parameter, None without one. Raises `ValidationError` if it was sent twice."""
        values = (self.query or {}).get(name)
        if not values:
            return None
        if len(values) > 1:
            raise ValidationError(name, "was sent more than once; send it once")
        return values[0]

    def variable(self, name: str) -> str:
        """A variable of the path. Some gateways decode it and some do not; a `+` in it is a plus."""
        return unquote((self.variables or {}).get(name, ""))

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name; the last one of several."""
        values = self.every(name)
        return values[-1] if values else None

    def every(self, name: str) -> Sequence[str]:
        """All values of a header that may be sent in parts."""
        for sent, values in (self.headers or {}).items():
            if sent.lower() == name.lower() and values:
                return values
        return ()
