"""Serve the web pages in front of the emulator, on its port.

On AWS, CloudFront puts both behind one address; here it is one process. The till's page also gets its token here, as a
POS gets it from its own backend. A page of another origin cannot ask for one: a browser sends it the header only with a
preflight, and that is not answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local import tokens
from local.web.files import Answer, answer

Asgi = Callable[..., Any]
TILL_TOKEN = "/demo/till-token"  # noqa: S105 - a path
CONFIG = "/config.json"
ASKED_BY_OUR_PAGE = (b"x-demo", b"till")


class Pages:
    """The pages of one stack. `described` is the file that `local.serving` writes once the stack is deployed."""

    def __init__(self, described: Path) -> None:
        self._described = described

    def before(self, emulator: Asgi) -> Asgi:
        """The emulator's application, with the pages before it."""

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            found = self._answer(scope) if scope["type"] == "http" else None
            if found is None:
                await emulator(scope, receive, send)
                return
            body = b"" if scope["method"] == "HEAD" else found.body
            listed = [(name.encode(), value.encode()) for name, value in found.headers.items()]
            listed.append((b"content-length", str(len(body)).encode()))
            await send({"type": "http.response.start", "status": found.status, "headers": listed})
            await send({"type": "http.response.body", "body": body})

        return serve

    def _answer(self, scope: Any) -> Answer | None:
        if scope["method"] == "POST" and scope["path"] == TILL_TOKEN:
            return self._token(scope)
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        if scope["path"] == CONFIG:
            return _json(200, self._read().get("config", {}))
        return answer(scope["path"])

    def _token(self, scope: Any) -> Answer:
        if ASKED_BY_OUR_PAGE not in scope["headers"]:
            return _json(403, {})
        return _json(200, {"token": tokens.token(**self._read()["till"])})

    def _read(self) -> dict[str, Any]:
        """An empty object until the stack is deployed."""
        try:
            described: dict[str, Any] = json.loads(self._described.read_text())
        except FileNotFoundError:
            return {}
        return described


def _json(status: int, document: object) -> Answer:
    headers = {
        "content-type": "application/json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Answer(status, headers, json.dumps(document).encode())
