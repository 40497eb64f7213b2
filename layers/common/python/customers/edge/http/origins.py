"""Pages of other origins that may read our answers: those that `PANEL_ORIGINS` lists, and none without it.

A POS page needs this if it is not served from the API's own address. A browser enforces it; it protects nobody from a
caller that is no browser.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-None-Match",
    # The longest that a browser takes.
    "Access-Control-Max-Age": "7200",
}
"""What a till's page may send. The console needs none of this: it is served from the API's own address."""
_EXPOSED = {"Access-Control-Expose-Headers": "X-Request-Id, Retry-After, ETag, Age"}


def listed_origins() -> frozenset[str]:
    """As browsers send them: scheme, host and port."""
    return frozenset(filter(None, os.environ.get("PANEL_ORIGINS", "").split(",")))


def sharing(event: Mapping[str, Any], origins: frozenset[str], headers: Mapping[str, str]) -> Mapping[str, str]:
    """The answer's headers, with those that let a listed page read it.

    `Vary` is also for all other callers, so that no cache gives one page's answer to another.
    """
    if not origins:
        return headers
    varied = {**headers, "Vary": ", ".join(filter(None, (headers.get("Vary"), "Origin")))}
    origin = _origin(event)
    return {**varied, **_EXPOSED, "Access-Control-Allow-Origin": origin} if origin in origins else varied


def _origin(event: Mapping[str, Any]) -> str:
    sent: Mapping[str, str] = event.get("headers") or {}
    return next((value for name, value in sent.items() if name.lower() == "origin"), "")
