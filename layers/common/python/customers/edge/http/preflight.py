"""Answers a browser's question before a request from another origin."""

from __future__ import annotations

import time
from typing import Any

from customers.edge.http.origins import PREFLIGHT, listed_origins, sharing
from customers.edge.http.serve import Event, Handler
from customers.edge.log import log_answer


def preflight() -> Handler:
    """A Lambda handler: a 204 for every page. A page that is not listed gets no leave, and its browser stops."""
    origins = listed_origins()

    def handler(event: Event, _context: object) -> dict[str, Any]:
        started = time.perf_counter()
        request_id: str = event["requestContext"]["requestId"]
        shared = sharing(event, origins, {"X-Request-Id": request_id})
        leave = PREFLIGHT if "Access-Control-Allow-Origin" in shared else {}
        log_answer("preflight", request_id, 204, started)
        return {"statusCode": 204, "headers": {**shared, **leave}, "body": ""}

    return handler
