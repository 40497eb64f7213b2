"""One request of an operation, from the examples in its declaration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from customers.catalogue.operation import Operation
from customers.wire.http.parameters import Parameter

LEFT_OUT = ("Audit-Reason", "If-None-Match", "provider_customer_id", "branch_id", "subject", "operation", "cursor")
"""Optional parameters that a first request does without."""


@dataclass(frozen=True)
class Example:
    """`path` has the example's values, percent-encoded; `query` has them as they are."""

    name: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None
    needs_token: bool
    of_office: bool = field(default=False)
    """Whether the token is one of an administrator."""

    @property
    def address(self) -> str:
        """Below the base address, ready to be sent."""
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")


def example_of(operation: Operation[Any]) -> Example:
    chosen = [each for each in operation.parameters if each.example is not None and each.name not in LEFT_OUT]
    path = operation.path
    for parameter in _at(chosen, "path"):
        path = path.replace(f"{{{parameter.name}}}", quote(parameter.example_text, safe=""))
    headers = {each.name: each.example_text for each in _at(chosen, "header")}
    body = operation.body_example if operation.body else None
    if body is not None:
        headers["Content-Type"] = "application/json"
    return Example(
        operation.name,
        operation.method,
        path,
        {each.name: each.example_text for each in _at(chosen, "query")},
        headers,
        body,
        bool(operation.callers),
        "pos-terminal" not in operation.callers,
    )


def _at(parameters: list[Parameter], where: str) -> list[Parameter]:
    return [each for each in parameters if each.where == where]
