"""What is asked of DynamoDB: how many requests, and of how many rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Cost:
    """Of what was asked meanwhile."""

    requests: list[str] = field(default_factory=list)
    rows: int = 0
    querying: float = 0
    """Seconds that queries took."""


@contextmanager
def counted(client: Any) -> Iterator[Cost]:
    cost, started = Cost(), [0.0]

    def begin(model: Any, **_: Any) -> None:
        cost.requests.append(model.name)
        started[0] = time.perf_counter()

    def end(model: Any, parsed: Any, **_: Any) -> None:
        if model.name == "Query":
            cost.querying += time.perf_counter() - started[0]
        # What a query looked at, whether or not it gave it.
        cost.rows += parsed.get("ScannedCount", 0) + sum(map(len, parsed.get("Responses", {}).values()))

    client.meta.events.register("before-call.dynamodb", begin)
    client.meta.events.register("after-call.dynamodb", end)
    yield cost
    client.meta.events.unregister("before-call.dynamodb", begin)
    client.meta.events.unregister("after-call.dynamodb", end)
