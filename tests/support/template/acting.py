"""Who asks AWS for what: every call that a function makes in memory, as permissions that its role needs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.support.dynamodb.in_memory_client import InMemory
from tests.support.template.deployed import functions
from tests.support.template.permissions import Need, needs


@dataclass
class Acting:
    """Notes what each function asks for. Calls outside a function are a test's own."""

    used: dict[str, set[Need]] = field(default_factory=lambda: {name: set() for name in functions()})
    patience: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: {name: [] for name in functions()})
    """Of each call of a function: for how many seconds one try waits, and all tries with the pauses between them."""
    longest: dict[str, float] = field(default_factory=lambda: dict.fromkeys(functions(), 0.0))
    """The seconds of an invocation, if each of its calls needs all of its tries, and each try all of its time."""
    written: dict[str, set[str]] = field(default_factory=dict)
    """The attributes of the items that functions put into a table."""
    read: dict[Need, list[dict[str, Any]]] = field(default_factory=dict)
    """What is asked of an index, by its name."""
    _stack: list[str] = field(default_factory=list)
    _seconds: list[float] = field(default_factory=list)
    _throttled: dict[str, int] = field(default_factory=dict)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand before every handler and every client."""
        for name, each in functions().items():
            module = importlib.import_module(each["Handler"].removesuffix(".handler"))
            monkeypatch.setattr(module, "handler", self._as(name, module.handler))
        clients: Any = BaseClient
        prepare = clients._emit_api_params

        def noted(client: Any, api_params: dict[str, Any], operation_model: Any, **more: Any) -> Any:
            self._note(client, operation_model.name, api_params)
            # Nobody waits for messages that are not there.
            params = {name: value for name, value in api_params.items() if name != "WaitTimeSeconds"}
            return prepare(client, api_params=params, operation_model=operation_model, **more)

        # Whatever botocore sends or signs comes through here.
        monkeypatch.setattr(BaseClient, "_emit_api_params", noted)
        call = InMemory._make_api_call

        def noted_lean(client: InMemory, operation: str, params: dict[str, Any]) -> Any:
            self._note(client, operation, params)
            return call(client, operation, params)

        monkeypatch.setattr(InMemory, "_make_api_call", noted_lean)

    @contextmanager
    def throttled(self, operation: str, times: int = 99) -> Iterator[None]:
        """Meanwhile AWS asks functions for patience, so many times."""
        self._throttled[operation] = times
        yield
        del self._throttled[operation]

    def _as(self, name: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        def act(*given: Any) -> Any:
            self._stack.append(name)
            self._seconds.append(0.0)
            try:
                return handler(*given)
            finally:
                self._stack.pop()
                self.longest[name] = max(self.longest[name], self._seconds.pop())

        return act

    def _note(self, client: Any, operation: str, params: dict[str, Any]) -> None:
        if not self._stack:
            return
        function, config = self._stack[-1], client.meta.config
        self.used[function].update(needs(client.meta.service_model.service_name, operation, params))
        tries = config.retries.get("total_max_attempts", 1 + config.retries.get("max_attempts", 4))
        seconds = config.connect_timeout + config.read_timeout
        # Pauses between tries begin with a second at most, and double: botocore's, which are longer than ours.
        in_all = seconds * tries + 2 ** (tries - 1) - 1
        self.patience[function].append((seconds, in_all))
        self._seconds[-1] += in_all
        for each in [params, *(write.get("Put", {}) for write in params.get("TransactItems", []))]:
            self.written.setdefault(each.get("TableName", ""), set()).update(each.get("Item", {}))
        if "IndexName" in params:
            self.read.setdefault((params["TableName"], params["IndexName"]), []).append(params)
        if self._throttled.get(operation, 0) > 0:
            self._throttled[operation] -= 1
            told: Any = {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(told, operation)
